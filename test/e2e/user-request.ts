import type { ExecutionContext } from '@nestjs/common';

/** What both platforms have of a request, and the user whom a guard or an interceptor has put there. */
export interface UserRequest {
  headers: Record<string, string | undefined>;
  user?: string;
}

/** For `varyBy`. */
export const byUser = (context: ExecutionContext): string | undefined =>
  context.switchToHttp().getRequest<UserRequest>().user;
