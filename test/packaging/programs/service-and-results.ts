import type { INestApplicationContext, Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { CacheService, createCache } from 'nestjs-tiered-cache';

// Nest finds the service by its class, whatever it takes to make one.
declare const app: INestApplicationContext;
declare const modules: ModuleRef;
export const found: CacheService = app.get(CacheService);
export const price: Promise<number> = app.get(CacheService).wrap('AAPL', () => 187.2);
export const resolved: Promise<CacheService> = modules.resolve(CacheService);
export const asType: Type<CacheService> = CacheService;

// @ts-expect-error: `createCache` makes one, and `CacheModule`
export const byHand = new CacheService();
// @ts-expect-error: the same
export const ofOptions = new CacheService({ defaultTtl: '5m' });

// What only a value has can be asked of every answer.
const cache = createCache();
const answer = await cache.get<number>('AAPL');
export const value: number | undefined = answer.value;
export const until: number | undefined = answer.expiresAt;
export const isStale: boolean | undefined = answer.stale;
