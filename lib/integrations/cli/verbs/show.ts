import buffer from 'node:buffer';
import { relative } from 'node:path';
import { inspect as render } from 'node:util';
import { EntryCodec } from '../../../core/codec/entry-codec.js';
import { readEnvelope, type EnvelopeReport } from '../../../core/codec/envelope.js';
import type { StoreKey } from '../../../core/model/store-key.js';
import { asError, CacheError } from '../../../core/primitives/errors.js';
import { CommandError } from '../command-error.js';
import { encryptionKeys, KEY_OPTIONS, KEYS_NAME } from '../encryption-keys.js';
import { printable, unquoted } from '../printable.js';
import { inspect } from '../survey.js';
import { pairs } from '../table.js';
import { asJson } from '../value-json.js';
import type { Verb } from '../verb.js';
import { epochMs, fromNow, instant, size } from '../words.js';

/** Why there is no value to show, or the value. */
type Content = { readonly value: unknown } | { readonly hidden: string; readonly wrong?: string };

export const show: Verb = {
  name: 'show',
  operands: ['<category>', '<key>'],
  summary: 'one entry, with its value',
  options: KEY_OPTIONS,
  run: ({ directory, operands, given, terminal }) => {
    const keys = encryptionKeys(given, terminal.env);
    const address = { category: unquoted(operands[0]!), key: unquoted(operands[1]!) };
    return inspect(directory, async (inspection) => {
      const { layout } = inspection;
      const place = `${printable(address.category)} ${printable(address.key)}`;
      const found = await inspection.examine(layout.nameOf(address), 'whole');
      if (found === undefined) throw new CommandError(1, `${place}: there is no such entry`);
      if (found.kind !== 'entry') throw new CommandError(1, `${place}: ${found.why}`);
      const { header, state, body, usedAt } = found;
      const envelope = envelopeOf(address, body!, place);
      const { flags } = envelope;
      const content = await contentOf(address, body!, envelope, keys);
      const file = relative(layout.directory, found.path);
      const compression = flags.brotli ? 'brotli' : flags.gzip ? 'gzip' : undefined;
      const json = {
        directory: layout.directory,
        ...address,
        state,
        createdAt: epochMs(envelope.createdAt),
        expiresAt: epochMs(header.expiresAt),
        usedAt: epochMs(usedAt),
        tags: header.tags,
        file,
        bytes: found.size,
        valueBytes: envelope.bodyLength,
        serializer: flags.json ? 'json' : 'v8',
        compression: compression ?? null,
        encrypted: flags.encrypted,
        // Not for the text: a value can be nested too deeply for JSON.
        ...(given.json === true && 'value' in content ? { value: asJson(content.value) } : {}),
      };
      const text = (): string => {
        const now = Date.now();
        const ago = (at: number): string => `${instant(at)} (${fromNow(at, now)})`;
        const head = pairs([
          ['category', printable(address.category)],
          ['key', printable(address.key)],
          ['state', state],
          ['created', ago(envelope.createdAt)],
          ['expires', header.expiresAt === Infinity ? 'never' : ago(header.expiresAt)],
          ['last used', ago(usedAt)],
          ['tags', header.tags.length === 0 ? 'none' : header.tags.map(printable).join(', ')],
          ['file', file],
          ['size', `${size(found.size)}, the value ${size(envelope.bodyLength)}`],
          ['serializer', json.serializer],
          ['compression', compression ?? 'none'],
          ['encryption', flags.encrypted ? 'AES-256-GCM' : 'none'],
        ]);
        return `${head}\n\n${'value' in content ? rendered(content.value) : content.hidden}`;
      };
      const wrong = 'wrong' in content ? content.wrong : undefined;
      const unserved = state === 'live' ? undefined : `${state}, and not served any more`;
      return { json, text, wrong: (wrong ?? unserved) && `${place}: ${wrong ?? unserved}` };
    });
  },
};

function envelopeOf(address: StoreKey, body: Uint8Array, place: string): EnvelopeReport {
  try {
    return readEnvelope(address, body);
  } catch (error) {
    throw new CommandError(1, `${place}: ${asError(error).message}`);
  }
}

async function contentOf(
  address: StoreKey,
  body: Uint8Array,
  { flags }: EnvelopeReport,
  keys: readonly Uint8Array[],
): Promise<Content> {
  if (flags.encrypted && keys.length === 0) {
    return { hidden: '(the value is encrypted: --key or --key-file shows it)' };
  }
  const encryptionKeys = flags.encrypted ? keys : [];
  const options = { serializer: 'v8', compression: undefined, encryptionKeys } as const;
  const codec = new EntryCodec(options, KEYS_NAME);
  try {
    return { value: (await codec.decode(address, body)).value };
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    return { hidden: '(the value cannot be read)', wrong: error.message };
  }
}

/** All of it: what is left out cannot be looked for. */
function rendered(value: unknown): string {
  // How much of a Buffer is shown is no option, but a setting of the process.
  const bytesShown = buffer.INSPECT_MAX_BYTES;
  buffer.INSPECT_MAX_BYTES = Infinity;
  try {
    return render(value, {
      depth: Infinity,
      maxArrayLength: Infinity,
      maxStringLength: Infinity,
      numericSeparator: false,
    });
  } finally {
    buffer.INSPECT_MAX_BYTES = bytesShown;
  }
}
