package meshwarden.terraform.requirement.invocation_test

import data.meshwarden.terraform.requirement.invocation

guid := "3f0c9a52-6f1e-4c0b-9d57-2a8f6be1c901"

told(kind, more) := object.union(more, {
	"version": 1,
	"do": kind,
	"hash": "f7fa3a9f7851ef1021d2708ccc93a85721fb25c66ab1aed67be99313572b1a7c",
	"warehouse": {
		"kind": "cluster",
		"compute": "dwh",
		"database": "dev",
		"namespace": guid,
		"account": "200000000001",
		"region": "eu-west-1",
	},
})

views := {"loan": {"of": ["core", "loan"], "columns": ["amount", "id"]}}

share := told("share", {"share": "mw__a__b", "to": {"account": "300000000001"}, "views": views})

direct := told("direct", {"schema": "mw__a__b", "role": "mw__a", "views": views})

role := told("role", {"role": "mw__a", "user": "mw_user__a"})

database := told("database", {
	"database": "mw__a__c",
	"share": "mw__a__b",
	"from": {"account": "200000000001", "namespace": guid},
	"schema": "mw__a__b",
	"views": {"loan": ["amount", "id"]},
	"role": "mw__a",
})

within := json.patch(share, [{"op": "replace", "path": "/to", "value": {"namespace": guid}}])

all_kinds := [share, direct, role, object.union(role, {"user": null}), database, within]

part(whole) := {"type": "aws_lambda_invocation", "body": {
	"function_name": "meshwarden-reconciler-producer",
	"input": json.marshal(whole),
	"lifecycle_scope": "CRUD",
	"terraform_key": "tf",
}}

settled(whole, tf) := {"type": "aws_lambda_invocation", "body": {
	"function_name": "meshwarden-reconciler-producer",
	"input": json.marshal(object.union(whole, {"tf": tf})),
	"lifecycle_scope": "CREATE_ONLY",
}}

test_met_by_every_kind if {
	every whole in all_kinds {
		invocation.met with input as part(whole)
		invocation.met with input as settled(whole, {"action": "make", "prev_input": null})
	}
}

test_met_by_another_resource if invocation.met with input as {"type": "aws_lambda_function", "body": {}}

test_not_met_by_a_key_more if {
	every whole in all_kinds {
		every key in ["password", "sql", "rows", "tf"] {
			not invocation.met with input as part(object.union(whole, {key: "secret"}))
		}
		every change in [{"warehouse": {"secret": "arn"}}, {"from": {"secret": "arn"}}, {"to": {"secret": "arn"}}] {
			not invocation.met with input as part(object.union(whole, change))
		}
	}
	every whole in [share, direct] {
		not invocation.met with input as part(object.union(whole, {"views": {"loan": {"where": "true"}}}))
	}
}

test_not_met_by_a_key_less if {
	every whole in all_kinds {
		every key in object.keys(whole) { not invocation.met with input as part(object.remove(whole, [key])) }
		every key in object.keys(whole.warehouse) {
			not invocation.met with input as part(json.remove(whole, [sprintf("warehouse/%s", [key])]))
		}
	}
}

test_not_met_by_what_is_no_name if {
	every change in [
		{"share": "prod"},
		{"share": "mw_\" or"},
		{"to": {"account": "*"}},
		{"to": {"account": "ADX"}},
		{"views": {"loan": {"of": ["loan"]}}},
		{"views": {"loan": {"columns": []}}},
		{"views": {"loan": {"columns": "amount"}}},
		{"version": 2},
		{"hash": "none"},
		{"do": "drop"},
		{"warehouse": {"compute": ["dwh"]}},
	] {
		not invocation.met with input as part(object.union(share, change))
	}
	every whole in [
		json.patch(share, [{"op": "replace", "path": "/views", "value": {}}]),
		object.union(role, {"user": "admin"}),
		object.union(role, {"role": "sys:superuser"}),
		object.union(database, {"from": {"namespace": "*"}}),
		object.union(database, {"views": {"loan": [1]}}),
	] {
		not invocation.met with input as part(whole)
	}
}

test_not_met_by_another_function_or_scope if {
	every change in [
		{"function_name": "other"},
		{"function_name": "meshwarden-reader-producer"},
		{"lifecycle_scope": "CREATE_ONLY"},
		{"terraform_key": "do"},
		{"input": "{}"},
		{"input": "["},
		{"input": "${var.input}"},
	] {
		not invocation.met with input as object.union(part(share), {"body": change})
	}
}

test_not_met_by_what_settles_otherwise if {
	every tf in [
		null,
		{},
		{"action": "create", "prev_input": null},
		{"action": "delete", "prev_input": null},
		{"action": "make", "prev_input": share},
	] {
		not invocation.met with input as settled(share, tf)
	}
}

test_not_met_without_each_fact if {
	every fact in ["type", "body", "body/function_name", "body/input", "body/lifecycle_scope", "body/terraform_key"] {
		not invocation.met with input as json.remove(part(share), [fact])
	}
}
