import { Observable } from 'rxjs';

/**
 * An Observable with another way to subscribe to it. One of a class of its own (a `BehaviorSubject`) stays of its class, with
 * all that it has. What does not end in a subscription is called on itself: an object that only inherits from it would
 * have a state of its own, and a proxy lacks what is private.
 */
export function withSubscription(
  original: Observable<unknown>,
  subscribed: Observable<unknown>,
): Observable<unknown> {
  if (Object.getPrototypeOf(original) === Observable.prototype) return subscribed;
  const subscribe = subscribed.subscribe.bind(subscribed);
  return new Proxy(original, {
    get(target, name): unknown {
      if (name === 'subscribe') return subscribe;
      const value: unknown = Reflect.get(target, name, target);
      const subscribes = name in Observable.prototype || name === 'asObservable';
      return typeof value !== 'function' || subscribes ? value : (value.bind(target) as unknown);
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}
