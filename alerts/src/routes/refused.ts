/** What the server that these routes are registered with answers with as a problem. */
export class Refused extends Error {
  readonly statusCode: 400 | 404;
  constructor(statusCode: 400 | 404, message: string) {
    super(message);
    this.name = 'Refused';
    this.statusCode = statusCode;
  }
}

export const notFound = (what: string): Refused => new Refused(404, `there is no ${what}`);
