"""What no story of the other tests asks for: it is here so that every operation answers somewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.emulator.house import refused
from tests.unit.emulator.lake import CONSUMER, DATABASE, GOVERNANCE, Setting, start


@pytest.fixture
def setting() -> Iterator[Setting]:
    made = start()
    yield made
    made.server.close()


def test_tables_deleted_together(setting: Setting) -> None:
    glue = setting.client("glue")
    glue.create_database(DatabaseInput={"Name": "own"})
    glue.create_table(DatabaseName="own", TableInput={"Name": "kept", "StorageDescriptor": {"Columns": []}})
    glue.create_table(DatabaseName="own", TableInput={"Name": "gone", "StorageDescriptor": {"Columns": []}})
    errors = glue.batch_delete_table(DatabaseName="own", TablesToDelete=["gone", "none"])["Errors"]
    assert [(error["TableName"], error["ErrorDetail"]["ErrorCode"]) for error in errors] == [
        ("none", "EntityNotFoundException")
    ]
    assert [table["Name"] for table in glue.get_tables(DatabaseName="own")["TableList"]] == ["kept"]


def test_a_table_of_no_partition_has_none(setting: Setting) -> None:
    glue = setting.client("glue")
    glue.create_database(DatabaseInput={"Name": "own"})
    glue.create_table(DatabaseName="own", TableInput={"Name": "one", "StorageDescriptor": {"Columns": []}})
    assert glue.get_partitions(DatabaseName="own", TableName="one")["Partitions"] == []


def test_a_database_changes_its_description(setting: Setting) -> None:
    glue = setting.client("glue")
    glue.create_database(DatabaseInput={"Name": "own"})
    glue.update_database(Name="own", DatabaseInput={"Name": "own", "Description": "ours"})
    assert glue.get_database(Name="own")["Database"]["Description"] == "ours"


def test_an_invitation_can_be_rejected(setting: Setting) -> None:
    setting.world.organization.discard(CONSUMER)
    setting.grant(DATABASE, ["DESCRIBE"])
    ram = setting.client("ram", CONSUMER)
    (invitation,) = ram.get_resource_share_invitations()["resourceShareInvitations"]
    assert invitation["senderAccountId"] == GOVERNANCE
    named = {"resourceShareInvitationArn": invitation["resourceShareInvitationArn"]}
    assert ram.reject_resource_share_invitation(**named)["resourceShareInvitation"]["status"] == "REJECTED"
    assert ram.get_resource_shares(resourceOwner="OTHER-ACCOUNTS")["resourceShares"] == []
    code, _ = refused(lambda: ram.accept_resource_share_invitation(**named))
    assert code == "ResourceShareInvitationAlreadyRejectedException"
