import type { AddressInfo, Server } from 'node:net';
import type { INestMicroservice, ModuleMetadata } from '@nestjs/common';
import { type ClientProxy, ClientProxyFactory, Transport } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';

const host = '127.0.0.1';

/** A real microservice over TCP, and somebody who asks it. */
export interface TcpService {
  readonly service: INestMicroservice;
  readonly client: ClientProxy;
  close(): Promise<void>;
}

export async function startTcp(metadata: ModuleMetadata): Promise<TcpService> {
  const module = await Test.createTestingModule(metadata).compile();
  const options = { host, port: 0 };
  const service = module.createNestMicroservice({
    transport: Transport.TCP,
    options,
    logger: false,
  });
  await service.listen();
  const { port } = service.unwrap<Server>().address() as AddressInfo;
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host, port } });
  const close = async (): Promise<void> => {
    await client.close();
    await service.close();
  };
  return { service, client, close };
}
