/** What is to be removed from a tier. */
export type Removal =
  | { readonly type: 'keys'; readonly category: string; readonly keys: readonly string[] }
  /** Without a name: all there are. */
  | { readonly type: 'category'; readonly category: string | undefined }
  | { readonly type: 'tags'; readonly tags: readonly string[] };
