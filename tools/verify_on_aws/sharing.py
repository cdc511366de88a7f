"""A datashare from the producer's warehouse into one of the consumer's, made by the reconcilers' own statements."""

from __future__ import annotations

from dataclasses import dataclass

from engine.redshift import sql
from engine.redshift.errors import StatementError
from engine.redshift.sql import Statement
from verify_on_aws.run import Run, allow, given
from verify_on_aws.sides import Place, Sql

VIEW = "loan"


@dataclass(frozen=True, slots=True)
class Sharing:
    """A schema with one view of one column of a table, shared; and in the consumer a database and a role that reads
    the view. All of them have the run's name."""

    run: Run
    source: Place
    target: Place

    @property
    def name(self) -> str:
        return self.run.sql_name

    @property
    def data(self) -> str:
        """The schema of the table."""
        return f"{self.name}_data"

    @property
    def producer(self) -> Sql:
        return self.run.sql(self.source)

    @property
    def consumer(self) -> Sql:
        return self.run.sql(self.target)

    @property
    def arn(self) -> str:
        held = self.source.warehouse
        return f"arn:aws:redshift:{held.region}:{held.account}:datashare:{held.namespace}/{self.name}"

    def view(self) -> Statement:
        return sql.view(self.name, VIEW, (self.data, VIEW), ["id"]).do

    def make_view(self) -> None:
        name, run = self.name, self.producer
        run.run(sql.schema(self.data).do, f"CREATE TABLE {self.data}.{VIEW} (id INTEGER, amount INTEGER)")
        run.together(sql.schema(name).do, self.view())

    def make_share(self) -> None:
        """What the producer's warehouse holds; USAGE is not granted yet."""
        self.make_view()
        name, run = self.name, self.producer
        run.run(sql.datashare(name).do)
        run.together(sql.shared_schema(name, name).do, sql.shared_tables(name, [(name, VIEW)]).do)

    def grant(self) -> Statement:
        return sql.share_usage(self.name, self.target.warehouse.account).do

    def let(self) -> None:
        """Authorized by the producer, taken by the consumer."""
        client = self.run.producer.client("redshift", self.source.warehouse.region)
        client.authorize_data_share(DataShareArn=self.arn, ConsumerIdentifier=self.target.warehouse.account)
        self.run.patient(self.associate)

    def associate(self) -> None:
        client = self.run.consumer.client("redshift", self.target.warehouse.region)
        client.associate_data_share_consumer(DataShareArn=self.arn, ConsumerArn=self.target.arn)

    def deauthorize(self) -> None:
        client = self.run.producer.client("redshift", self.source.warehouse.region)
        client.deauthorize_data_share(DataShareArn=self.arn, ConsumerIdentifier=self.target.warehouse.account)

    def make_reader(self) -> None:
        """The consumer's database, and the role with what it reads there."""
        name, source = self.name, self.source.warehouse
        made = sql.database(name, name, source.account, source.namespace).do
        self.run.patient(lambda: self.consumer.run(made))
        self.consumer.run(
            sql.role(name).do,
            sql.database_usage(name, name).do,
            sql.schema_usage(name, name, name).do,
            sql.select(name, name, [VIEW], name).do,
        )

    def make(self) -> None:
        self.make_share()
        self.producer.run(self.grant())
        self.let()
        self.make_reader()

    def reader(self) -> Sql:
        """A session that has the role: by the session's tag in a workgroup, as a user with the role in a cluster."""
        if self.target.workgroup is None:
            user = f"{self.name}_user"
            self.consumer.run(sql.user(user).do, sql.membership(self.name, user=user).do)
            return self.run.sql(self.target, user=user)
        self.make_iam_role()
        tags = [{"Key": "RedshiftDbRoles", "Value": self.name}]
        return self.run.sql(self.target, self.run.patient(lambda: self.run.assume(Tags=tags)))

    def make_iam_role(self) -> None:
        assert self.target.workgroup is not None
        self.run.make_role(
            allow(["redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement"], self.target.workgroup),
            allow(["redshift-data:DescribeStatement", "redshift-data:GetStatementResult"], "*"),
            allow(["redshift-serverless:GetCredentials"], self.target.workgroup),
            tag=self.name,
        )

    @property
    def query(self) -> str:
        return f'SELECT "id" FROM "{self.name}"."{self.name}"."{VIEW}"'

    def reads(self, reader: Sql) -> bool:
        try:
            reader.rows(self.query)
        except StatementError:
            return False
        return True


def sharing(run: Run) -> Sharing:
    """Not made yet."""
    return Sharing(run, given(run.sharing_from), given(run.sharing_to))
