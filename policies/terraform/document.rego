# METADATA
# title: IAM documents, as Terraform holds them
# description: Undefined for whatever is not plainly one of these, so that no requirement is met by it.
package meshwarden.terraform.document

# The statements of a document in JSON.
statements(text) := document.Statement if {
	json.is_valid(text)
	document := json.unmarshal(text)
	object.keys(document) == {"Statement", "Version"}
	document.Version == "2012-10-17"
	is_array(document.Statement)
	count(document.Statement) > 0
}

# A word or a list of words, as a set.
words(value) := {value} if is_string(value)

words(value) := {word | some word in value} if {
	is_array(value)
	count(value) > 0
	every word in value { is_string(word) }
}

# One IAM role by its ARN.
is_role(arn) if regex.match(`^arn:aws:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$`, arn)

# The condition of a statement that ends by itself, and asks nothing else.
ends(condition) if {
	object.keys(condition) == {"DateLessThan"}
	in_time(condition)
}

# The part of a condition by which a statement ends.
in_time(condition) if {
	object.keys(condition.DateLessThan) == {"aws:CurrentTime"}
	instant := condition.DateLessThan["aws:CurrentTime"]
	regex.match(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$`, instant)
}

# The condition that a statement of Redshift's Data API is one's own, and nothing else: AWS takes no ARN of it. IAM's
# variable stands there as Terraform writes it.
owns(condition) if condition == {"redshift-data:statement-owner-iam-userid": "$${aws:userid}"}

# What is done with a statement that runs already:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftdataapi.html
of_statements := {
	"redshift-data:CancelStatement",
	"redshift-data:DescribeStatement",
	"redshift-data:GetStatementResult",
}

# A role of ours that a reconciler of Amazon Redshift runs as.
is_reconciler(name) if regex.match(`^meshwarden-reconciler-[a-z]{2}(-[a-z]+)+-[0-9]-(producer|consumer)$`, name)
