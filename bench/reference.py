#!/usr/bin/env python3
"""Runs the installed Python Medusa on a node that does not run: its snapshots are there already, nobody is asked anything.

    reference.py DATA_DIRECTORY <an ordinary command line>

Nothing of the installed package is changed on disk: what would ask a live node is replaced in memory before its command line
is called.
"""
import os
import pathlib
import sys

DATA = os.path.abspath(sys.argv[1])
sys.argv = ['medusa'] + sys.argv[2:]

from medusa.medusacli import cli  # noqa: E402  first of all: it patches the runtime when it is imported
import medusa.cassandra_utils as cassandra_utils  # noqa: E402
import medusa.restore_node as restore_node  # noqa: E402


class Snapshots:
    def __init__(self, config=None):
        self.snapshot_service = self

    def create_snapshot(self, *, tag):
        raise RuntimeError('the benchmark has made no snapshot ' + tag)

    def delete_snapshot(self, *, tag):
        pass


class Session:
    def __init__(self, fqdn):
        self._fqdn = fqdn

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        pass

    def shutdown(self):
        pass

    def token(self):
        return 1

    def placement(self):
        return 'dc1', 'r1'

    def tokenmap(self):
        return {self._fqdn: {'tokens': [1], 'is_up': True, 'rack': 'r1', 'dc': 'dc1'}}

    def dump_schema(self):
        return "CREATE KEYSPACE bench0 WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'};"

    def get_server_type_and_release_version(self):
        return 'cassandra', '5.0.9'

    def schema_path_mapping(self):
        return iter(())

    def execute(self, query):
        return []


def settings(self, cassandra_config=None, release_version=None):
    parent = pathlib.Path(DATA).parent
    self._release_version = release_version
    self._config = {
        'data_file_directories': [DATA],
        'commitlog_directory': str(parent / 'commitlog'),
        'saved_caches_directory': str(parent / 'saved_caches'),
        'listen_address': '127.0.0.1',
    }


UP = [True]


def becomes(state):
    def change(self, *args, **kwargs):
        UP[0] = state
    return change


cassandra_utils.CassandraConfigReader.__init__ = settings
cassandra_utils.CqlSessionProvider.new_session = lambda self, retry=False: Session(self._config.storage.fqdn)
cassandra_utils.SnapshotService = Snapshots
cassandra_utils.Cassandra.shutdown = becomes(False)
cassandra_utils.Cassandra.start = becomes(True)
cassandra_utils.Cassandra.start_with_implicit_token = becomes(True)
cassandra_utils.is_node_up = restore_node.is_node_up = lambda config, host: UP[0]

sys.exit(cli())
