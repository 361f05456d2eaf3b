import { Controller, Get, Header, Headers } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached } from 'nestjs-tiered-cache';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

let runs = 0;
let control: string;
let vary: string;

@Controller('asked')
class Asked {
  @Get('control')
  @Header('Cache-Control', () => control)
  @Cached(60)
  control(): string {
    return `${++runs}`;
  }

  @Get('own')
  @Header('Cache-Control', () => control)
  @Cached({ ttl: 60, varyBy: 'authorization' })
  own(): string {
    return `${++runs}`;
  }

  @Get('vary')
  @Header('Vary', () => vary)
  @Cached(60)
  vary(@Headers('origin') origin: string): string {
    return `${++runs} ${origin}`;
  }
}

afterEach(closeAll);

/** Nest calls it for each request. */
describe.each(PLATFORMS)('A function in @Header, on %s', (platform) => {
  let app: HttpApplication;

  async function get(path: string, headers: Record<string, string> = {}): Promise<string> {
    const response = await app.fetch(`/asked/${path}`, { headers });
    const [cache, said] = ['x-cache', 'cache-control'].map((name) => response.headers.get(name));
    return `${cache}, ${said}: ${await response.text()}`;
  }

  beforeEach(async () => {
    runs = 0;
    app = await HttpApplication.start(platform, { controllers: [Asked] });
  });

  it('that says no-store keeps its own requests from the cache, and no others', async () => {
    control = 'no-store';
    expect(await get('control')).toBe('BYPASS, no-store: 1');
    expect(await get('control')).toBe('BYPASS, no-store: 2');
    control = 'max-age=5';
    expect(await get('control')).toBe('MISS, max-age=5: 3');
    expect(await get('control')).toBe('HIT, max-age=5: 3');
    control = 'no-store';
    expect(await get('control')).toBe('BYPASS, no-store: 4');
    control = 'private, max-age=5';
    expect(await get('control')).toBe('BYPASS, private, max-age=5: 5');
    control = 'max-age=6';
    expect(await get('control')).toBe('HIT, max-age=6: 3');
  });

  it('may say private where each caller has an entry of his own', async () => {
    control = 'private';
    expect(await get('own', { authorization: 'Ann' })).toBe('MISS, private: 1');
    expect(await get('own', { authorization: 'Ann' })).toBe('HIT, private: 1');
    control = 'no-store';
    expect(await get('own', { authorization: 'Ann' })).toBe('BYPASS, no-store: 2');
  });

  it('has the Vary obeyed that it gave for the request, whatever that names', async () => {
    vary = 'Accept-Language';
    expect(await get('vary?1', { 'accept-language': 'de' })).toMatch(/^MISS/);
    expect(await get('vary?1', { 'accept-language': 'de' })).toMatch(/^HIT/);
    expect(await get('vary?1', { 'accept-language': 'en' })).toMatch(/^BYPASS/);
    vary = 'Origin';
    expect(await get('vary?2', { origin: 'https://one' })).toMatch(/^MISS.* https:\/\/one$/);
    expect(await get('vary?2', { origin: 'https://one' })).toMatch(/^HIT.* https:\/\/one$/);
    expect(await get('vary?2', { origin: 'https://two' })).toMatch(/^BYPASS.* https:\/\/two$/);
  });
});
