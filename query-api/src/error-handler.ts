import { LedgerError, ReadTooHeavy } from '@tokenledger/ledger';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { noteMethods } from './known-methods.ts';
import { Problem, problemBody, PROBLEM_TYPE, PROBLEMS, RETRY_AFTER_SECONDS, type Fault, type ProblemCode } from './problem.ts';

/** Statuses that fastify and its plugins refuse with, as our problems. */
const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'invalid_request',
  404: 'not_found',
  413: 'body_too_large',
  414: 'address_too_long',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
  503: 'unavailable',
};

/** Every error is answered as a problem (RFC 9457); what the caller must not know goes to the log alone. */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toProblem(error);
    if (problem.code === 'internal') request.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    return sendProblem(reply, problem);
  });
  const methodsOf = noteMethods(app);
  const refuseUnknown = (request: FastifyRequest, reply: FastifyReply) => {
    const path = pathOf(request);
    const methods = methodsOf(path).join(', ');
    if (methods === '') return sendProblem(reply, new Problem('not_found', `there is no ${request.method} ${path}`));
    return sendProblem(
      reply.header('allow', methods),
      new Problem('method_not_allowed', `${path} knows ${methods}, not ${request.method}`),
    );
  };
  app.setNotFoundHandler(refuseUnknown);
  // Before the body is read: an unknown address is refused whatever its body is.
  app.addHook('onRequest', async (request, reply) => (request.is404 ? refuseUnknown(request, reply) : undefined));
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { status, retryable } = PROBLEMS[problem.code];
  if (retryable) void reply.header('retry-after', RETRY_AFTER_SECONDS);
  if (problem.code === 'unauthenticated') void reply.header('www-authenticate', 'Bearer realm="tokenledger"');
  return reply.code(status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(problemBody(problem));
}

export function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error.validation.flatMap(toFaults));
  if (error instanceof ReadTooHeavy) return new Problem('query_too_heavy', error.message, [], { cause: error });
  if (error instanceof LedgerError && error.retryable)
    return new Problem('unavailable', 'the ledger does not answer right now', [], { cause: error });
  const code = error instanceof LedgerError ? undefined : BY_STATUS[error.statusCode ?? 500];
  return code ? new Problem(code, error.message, [], { cause: error }) : new Problem('internal', 'this is logged', [], { cause: error });
}

export function invalidRequest(faults: readonly Fault[]): Problem {
  return new Problem('invalid_request', faults.map(({ parameter, message }) => `${parameter}: ${message}`).join('; '), faults);
}

interface Issue {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** An unknown parameter is one fault for each, under its own name. */
function toFaults({ keyword, instancePath, message, params }: Issue): readonly Fault[] {
  const path = instancePath.split('/').filter((part) => part !== '');
  if (keyword === 'unrecognized_keys' && Array.isArray(params['keys'])) {
    return params['keys'].map((key) => ({ parameter: [...path, String(key)].join('.'), message: 'there is no such parameter' }));
  }
  return [{ parameter: path.join('.') || 'body', message: message ?? 'is not valid' }];
}

const pathOf = (request: FastifyRequest) => request.url.split('?', 1)[0] ?? '';
