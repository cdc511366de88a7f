# METADATA
# title: A reconciler is told names only
# description: |
#   The input of an invocation has the keys of its kind and no others: names of databases, schemas, views, columns,
#   roles and accounts, where they are and a hash. So no data and no secret lies in a state.
# custom:
#   control: DG-76
#   way_out: build inputs by engine/grants/datashare/invocations.py only
package meshwarden.terraform.requirement.invocation

met if {
	is_string(input.type)
	input.type != "aws_lambda_invocation"
}

met if {
	input.type == "aws_lambda_invocation"
	input.body.lifecycle_scope == "CRUD"
	input.body.terraform_key == "tf"
	told(json.unmarshal(input.body.input))
}

# An input that failed as an update is not called again: what settles it is made anew each time.
met if {
	input.type == "aws_lambda_invocation"
	input.body.lifecycle_scope == "CREATE_ONLY"
	whole := json.unmarshal(input.body.input)
	whole.tf == {"action": "make", "prev_input": null}
	told(object.remove(whole, ["tf"]))
}

told(whole) if {
	regex.match(`^meshwarden-reconciler-(producer|consumer)$`, input.body.function_name)
	object.keys(whole) == {"do", "hash", "version", "warehouse"} | object.keys(kinds[whole.do])
	whole.version == 1
	regex.match(`^[0-9a-f]{64}$`, whole.hash)
	object.keys(whole.warehouse) == {"account", "compute", "database", "kind", "namespace", "region"}
	every _, name in whole.warehouse { is_string(name) }
	every key, kind in kinds[whole.do] { has(kind, whole[key]) }
}

kinds := {
	"share": {"share": "ours", "to": "consumer", "views": "views"},
	"direct": {"schema": "ours", "role": "ours", "views": "views"},
	"role": {"role": "ours", "user": "user"},
	"database": {
		"database": "ours",
		"from": "producer",
		"role": "ours",
		"schema": "ours",
		"share": "ours",
		"views": "columns",
	},
}

has("ours", value) if is_ours(value)

has("user", value) if is_null(value)

has("user", value) if is_ours(value)

has("consumer", value) if {
	object.keys(value) == {"account"}
	regex.match(`^[0-9]{12}$`, value.account)
}

has("consumer", value) if {
	object.keys(value) == {"namespace"}
	regex.match(`^[0-9a-f-]{36}$`, value.namespace)
}

has("producer", value) if {
	object.keys(value) == {"account", "namespace"}
	regex.match(`^[0-9]{12}$`, value.account)
	regex.match(`^[0-9a-f-]{36}$`, value.namespace)
}

has("views", value) if {
	count(value) > 0
	every _, view in value {
		object.keys(view) == {"columns", "of"}
		[_, _] = view.of
		words(view.of)
		words(view.columns)
	}
}

has("columns", value) if {
	count(value) > 0
	every _, columns in value { words(columns) }
}

is_ours(name) if regex.match(`^mw_[a-z0-9_]+$`, name)

words(names) if {
	is_array(names)
	count(names) > 0
	every name in names { is_string(name) }
}
