import { Observable, tap } from 'rxjs';
import type { HandOver } from '../../core/loading/uncached-call.js';

/** What an Observable emits, which fails unless it has begun in time. From its first value on it may take as long as it likes. */
export function begunInTime(values: Observable<unknown>, handOver: HandOver): Observable<unknown> {
  return new Observable((subscriber) => {
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    void Promise.resolve(handOver(begun)).catch((late: unknown) => subscriber.error(late));
    return values.pipe(tap({ next: begin, finalize: begin })).subscribe(subscriber);
  });
}
