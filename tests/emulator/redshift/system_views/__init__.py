"""System views: AWS's columns, and the rows that each caller may see.

Every class of caller is named on the view's page, https://docs.aws.amazon.com/redshift/latest/dg/r_<NAME>.html. Texts
are padded with blanks where the page's own examples trim them.
"""

from tests.emulator.redshift.system_views import datashares, held, objects, principals
from tests.emulator.redshift.system_views.registry import ALL, View, id_of

__all__ = ["ALL", "View", "datashares", "held", "id_of", "objects", "principals"]
