"""The real Terraform and AWS provider against the emulated lake: applied, planned without a change, destroyed whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.athena import columns_visible
from tests.emulator.catalog import Catalog
from tests.emulator.seed import CATALOG_SYNC, add_role
from tests.emulator.shares import Shares
from tests.unit.emulator.lake import CONSUMER, GOVERNANCE, READER, REGION, Setting, document, start
from tests.unit.emulator.terraform import Terraform

PROVIDER = "5.100.0"
CONFIGURATION = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "%(provider)s"
    }
  }
}
provider "aws" {
  allowed_account_ids = ["%(governance)s"]
  access_key          = "%(governance_key)s"
  secret_key          = "%(governance_secret)s"
}
provider "aws" {
  alias               = "consumer"
  allowed_account_ids = ["%(consumer)s"]
  access_key          = "%(consumer_key)s"
  secret_key          = "%(consumer_secret)s"
}

resource "aws_lakeformation_data_lake_settings" "governance" {
  catalog_id                            = "%(governance)s"
  admins                                = ["arn:aws:iam::%(governance)s:user/admin"]
  allow_external_data_filtering         = false
  allow_full_table_external_data_access = false
  parameters                            = { CROSS_ACCOUNT_VERSION = "4" }
}
resource "aws_lakeformation_resource" "lake" {
  arn                   = "arn:aws:s3:::lake"
  role_arn              = "arn:aws:iam::%(governance)s:role/lake-registration"
  hybrid_access_enabled = false
}
resource "aws_lakeformation_lf_tag" "class" {
  catalog_id = "%(governance)s"
  key        = "class"
  values     = ["closed", "open", "product"]
  depends_on = [aws_lakeformation_data_lake_settings.governance]
}
resource "aws_lakeformation_resource_lf_tag" "database" {
  catalog_id = "%(governance)s"
  database {
    catalog_id = "%(governance)s"
    name       = "loans"
  }
  lf_tag {
    catalog_id = "%(governance)s"
    key        = aws_lakeformation_lf_tag.class.key
    value      = "product"
  }
}
resource "aws_lakeformation_resource_lf_tag" "table" {
  catalog_id = "%(governance)s"
  table {
    catalog_id    = "%(governance)s"
    database_name = "loans"
    name          = "loan"
  }
  lf_tag {
    catalog_id = "%(governance)s"
    key        = aws_lakeformation_lf_tag.class.key
    value      = "closed"
  }
}
resource "aws_lakeformation_resource_lf_tag" "columns" {
  catalog_id = "%(governance)s"
  table_with_columns {
    catalog_id    = "%(governance)s"
    database_name = "loans"
    name          = "loan"
    column_names  = ["id", "rate"]
  }
  lf_tag {
    catalog_id = "%(governance)s"
    key        = aws_lakeformation_lf_tag.class.key
    value      = "open"
  }
}
resource "aws_lakeformation_permissions" "database" {
  catalog_id  = "%(governance)s"
  principal   = "%(reader)s"
  permissions = ["DESCRIBE"]
  lf_tag_policy {
    catalog_id    = "%(governance)s"
    resource_type = "DATABASE"
    expression {
      key    = aws_lakeformation_lf_tag.class.key
      values = ["product"]
    }
  }
  depends_on = [aws_lakeformation_data_lake_settings.governance]
}
resource "aws_lakeformation_permissions" "tags" {
  catalog_id  = "%(governance)s"
  principal   = "%(reader)s"
  permissions = ["DESCRIBE", "SELECT"]
  lf_tag_policy {
    catalog_id    = "%(governance)s"
    resource_type = "TABLE"
    expression {
      key    = aws_lakeformation_lf_tag.class.key
      values = ["open"]
    }
  }
  depends_on = [aws_lakeformation_data_lake_settings.governance]
}
resource "aws_lakeformation_permissions" "columns" {
  catalog_id  = "%(governance)s"
  principal   = "%(reader)s"
  permissions = ["SELECT"]
  table_with_columns {
    catalog_id    = "%(governance)s"
    database_name = "loans"
    name          = "payment"
    column_names  = ["day", "sum"]
  }
  depends_on = [aws_lakeformation_data_lake_settings.governance]
}
resource "aws_lakeformation_permissions" "named" {
  catalog_id  = "%(governance)s"
  principal   = "%(other)s"
  permissions = ["DESCRIBE"]
  database {
    catalog_id = "%(governance)s"
    name       = "loans"
  }
  depends_on = [aws_lakeformation_data_lake_settings.governance]
}
resource "aws_lakeformation_opt_in" "table" {
  principal {
    data_lake_principal_identifier = "%(reader)s"
  }
  resource_data {
    table {
      catalog_id    = "%(governance)s"
      database_name = "loans"
      name          = "loan"
    }
  }
  depends_on = [aws_lakeformation_data_lake_settings.governance]
}
resource "aws_glue_catalog_database" "link" {
  provider   = aws.consumer
  catalog_id = "%(consumer)s"
  name       = "loans"
  target_database {
    catalog_id    = "%(governance)s"
    database_name = "loans"
    region        = "%(region)s"
  }
}
resource "aws_lakeformation_permissions" "link" {
  provider    = aws.consumer
  catalog_id  = "%(consumer)s"
  principal   = "%(reader)s"
  permissions = ["DESCRIBE"]
  database {
    catalog_id = "%(consumer)s"
    name       = aws_glue_catalog_database.link.name
  }
}
"""
OTHER = f"arn:aws:iam::{CONSUMER}:role/other"


@pytest.fixture
def setting() -> Iterator[Setting]:
    made = start(register=False)
    add_role(CONSUMER, "other", document("sts:AssumeRole", None, Principal={"AWS": CONSUMER}))
    yield made
    made.server.close()


def begun(setting: Setting, folder: Path) -> Terraform:
    governance, consumer = setting.users[f"{GOVERNANCE}/admin"], setting.users[f"{CONSUMER}/admin"]
    text = CONFIGURATION % {
        "provider": PROVIDER,
        "region": REGION,
        "governance": GOVERNANCE,
        "governance_key": governance.access_key,
        "governance_secret": governance.secret,
        "consumer": CONSUMER,
        "consumer_key": consumer.access_key,
        "consumer_secret": consumer.secret,
        "reader": READER,
        "other": OTHER,
    }
    (folder / "main.tf").write_text(text)
    return Terraform(folder, setting.server.environment(governance, REGION))


def test_apply_plans_nothing_anew_and_destroy_leaves_nothing(setting: Setting, tmp_path: Path) -> None:
    before = standing(setting)
    terraform = begun(setting, tmp_path)
    terraform.done("init")
    terraform.done("apply", "-auto-approve")

    again = terraform.run("plan", "-detailed-exitcode")
    assert again.returncode == 0, again.stdout + again.stderr
    session = setting.session()
    assert columns_visible(setting.world, session, REGION, "loans", "loan") == {"id", "rate"}
    assert columns_visible(setting.world, session, REGION, "loans", "payment") == {"day", "sum"}
    (share,) = setting.world.state(Shares, GOVERNANCE, REGION).by_arn.values()
    assert set(share.principals) == {READER, OTHER}

    terraform.done("destroy", "-auto-approve")
    assert standing(setting) == before
    assert (share.status, share.principals, share.resources) == ("DELETED", {}, {})


def standing(setting: Setting) -> str:
    """All that a deploy changes, but for the settings, of which the provider's destroy leaves the empty ones."""
    found = {}
    for account in (GOVERNANCE, CONSUMER):
        lake, catalog = setting.lake(account), setting.world.state(Catalog, account, REGION)
        found[account] = {
            "grants": [f"{who} {key} {sorted(held.permissions)}" for who, key, held in lake.grants],
            "tags": [*lake.tags, lake.tags.effective(("loans", "loan", "id"))],
            "locations": sorted(lake.locations),
            "opt-ins": sorted(map(str, lake.opt_ins)),
            "databases": sorted(catalog.databases),
        }
    assert CATALOG_SYNC in str(found)
    return json.dumps(found, indent=1)
