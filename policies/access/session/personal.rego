# METADATA
# title: Sessions that may read personal data are short
# description: One hour (in seconds) where the purpose allows personal data, otherwise a working day.
# custom: {control: DG-41}
package meshwarden.access.session.personal

longest := 3600 if input.purpose.allows_personal == true

longest := 28800 if input.purpose.allows_personal == false
