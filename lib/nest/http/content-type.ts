const CHARSET = /;\s*charset\s*=/i;
const JSON_TYPE = /^[^;]*json/i;

/** A `Content-Type` with the charset that text is sent in, unless it names one. */
export function withUtf8(type: string): string {
  return CHARSET.test(type) ? type : `${type}; charset=utf-8`;
}

const NAMED_CHARSET = /;\s*charset\s*=\s*(?:"[^"]*"|[^;]*)/i;

/** As `withUtf8`, in the place of a charset that is named: Express sends every text in this one. */
export function inUtf8(type: string): string {
  return withUtf8(type.replace(NAMED_CHARSET, '; charset=utf-8'));
}

export function isJsonType(type: string): boolean {
  return JSON_TYPE.test(type);
}
