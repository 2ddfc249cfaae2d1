"""A master's URL in, a Spark session out: one JVM for each process, local unless a cluster is named.

Nothing leaves the machine but to the master: the driver listens on the loopback interface when Spark runs here.
"""

import atexit
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_ALWAYS = {
    "spark.app.name": "accordant",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.artifact.isolation.enabled": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.sources.commitProtocolClass": (
        "org.apache.spark.sql.execution.datasources.SQLHadoopMapReduceCommitProtocol"
    ),
}

_HERE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
}
"""What holds on one machine; a cluster has its own."""

FEW = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.leafNodeDefaultParallelism": "1",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
"""What makes statements over a few rows quick: one task, and nothing compiled for them."""


class NoSpark(Exception):
    """Spark cannot be started here; the message says what is missing."""


_started: "list[SparkSession]" = []
"""The one that runs in this process."""


def sessions(master: str, temporary: Path | None) -> "tuple[SparkSession, SparkSession]":
    """A session for large tables, and one for statements over a few rows. Raises `NoSpark`.

    What Spark itself puts on disk here stands in a folder in `temporary`, or in the system's, until the process ends.
    """
    if not _started:
        _started.append(_start(master, temporary))
    (base,) = _started
    if base.sparkContext.master != master:
        raise NoSpark(f"Spark runs in this process already, at {base.sparkContext.master}")
    large, few = base.newSession(), base.newSession()
    for name, value in FEW.items():
        few.conf.set(name, value)
    return large, few


def _start(master: str, temporary: Path | None) -> "SparkSession":
    try:
        import pyarrow  # noqa: F401  # what values go to Spark and back in
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise NoSpark("Apache Spark is not installed; install accordant[spark]") from None
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    settings = {**_ALWAYS, **(_HERE if master.startswith("local") else {})}
    scratch = mkdtemp(prefix="spark-", dir=temporary)
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    settings |= {"spark.local.dir": scratch, "spark.sql.warehouse.dir": scratch}
    builder = SparkSession.builder.master(master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        with _quiet(Path(scratch) / "spark.log"):
            return builder.getOrCreate()
    except (PySparkException, OSError) as error:
        raise NoSpark(f"Spark does not start at {master}: {error}") from error


@contextmanager
def _quiet(log: Path) -> Iterator[None]:
    """What is started meanwhile says what it has to say to a file: the terminal is this command's own."""
    sys.stderr.flush()
    before = os.dup(2)
    with open(log, "ab") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(before, 2)
        os.close(before)
