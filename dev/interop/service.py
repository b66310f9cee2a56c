"""The Python Medusa's own client talks to the service: prints a line for each answer.

    service.py PORT DIRECTORY_OF_CERTIFICATES
"""
import asyncio
import pathlib
import sys

import grpc
from medusa.service.grpc import medusa_pb2, medusa_pb2_grpc
from medusa.service.grpc.client import Client

PORT, DIRECTORY = sys.argv[1], pathlib.Path(sys.argv[2])
STATUS = medusa_pb2.StatusType.Name


def credentials():
    return grpc.ssl_channel_credentials(
        root_certificates=(DIRECTORY / 'ca.pem').read_bytes(),
        private_key=(DIRECTORY / 'client.key').read_bytes(),
        certificate_chain=(DIRECTORY / 'client.pem').read_bytes())


async def main():
    client = Client('127.0.0.1:' + PORT, tls_credentials=credentials())
    health = await client.health_check()
    print('health', health.status)
    answer = await client.backup('grpc1', 'differential')
    print('backup', answer.backupName, STATUS(answer.status))
    print('again', await client.backup('grpc1', 'differential'))
    print('async again', await client.async_backup('grpc1', 'differential'), STATUS(await client.get_backup_status('grpc1')))
    answer = await client.async_backup('grpc2', 'full')
    print('async', answer.backupName, STATUS(answer.status))
    while await client.get_backup_status('grpc2') == medusa_pb2.StatusType.IN_PROGRESS:
        await asyncio.sleep(0.2)
    print('status', STATUS(await client.get_backup_status('grpc2')))
    print('unknown', STATUS(await client.get_backup_status('nosuch')))
    backup = await client.get_backup('grpc2')
    print('get', backup.backupName, backup.backupType, backup.totalNodes, backup.finishedNodes, STATUS(backup.status),
          backup.nodes[0].host, len(backup.nodes[0].tokens), backup.totalSize > 0, backup.totalObjects > 0)
    print('exists', await client.backup_exists('grpc1'), await client.backup_exists('nosuch'))
    stub = medusa_pb2_grpc.MedusaStub(client.channel)
    await stub.PrepareRestore(medusa_pb2.PrepareRestoreRequest(backupName='grpc2', datacenter='dc1', restoreKey='interop'))
    print('prepared')
    # the second joins the first, or comes after it
    purged, again = await asyncio.gather(client.purge_backups(), client.purge_backups())
    print('purged', purged.nbBackupsPurged > 0, purged.nbObjectsPurged > 0, again.nbBackupsPurged in (0, purged.nbBackupsPurged))
    print('list', ' '.join(backup.backupName for backup in await client.get_backups()))
    await client.delete_backup('grpc1')
    print('left', ' '.join(backup.backupName for backup in await client.get_backups()))
    try:
        await stub.DeleteBackup(medusa_pb2.DeleteBackupRequest(name='grpc1'))
        print('deleted twice')
    except grpc.RpcError as failed:
        print('second', failed.code().name)


asyncio.run(main())
