"""`python -m cdktf_app`: what cdktf.json runs."""

import sys

from cdktf_app.main import main

sys.exit(main())
