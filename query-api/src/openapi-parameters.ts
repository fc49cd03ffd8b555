/** How parameters are described where their route says no more, and an example of each that any route understands. */
interface Facts {
  readonly description: string;
  readonly example?: string | number;
}

export const PARAMETERS: Readonly<Record<string, Facts>> = {
  from: { description: 'first instant of the range', example: '2026-07-01T00:00:00Z' },
  to: { description: 'first instant after the range', example: '2026-08-01' },
  limit: { description: 'most rows', example: 50 },
  order: { description: 'biggest first (desc) or smallest first (asc)' },
  order_by: { description: 'what ranks the rows' },
  group_by: { description: 'a row for each value of it' },
  measures: { description: 'what is summed up', example: 'cost,calls,tokens' },
  points: { description: 'most points per series' },
  search: { description: 'only values that contain this text, in any case' },
  field: { description: 'the dimension', example: 'team' },
  trace_id: { description: '32 hex digits', example: '4bf92f3577b34da6a3ce929d0e0e4736' },
  span_id: { description: '16 hex digits', example: '00f067aa0ba902b7' },
  service_tier: { description: 'such as priority, flex or batch; default: the standard one' },
  region: { description: 'where the provider serves from; default: no region of its own price' },
  team: { description: 'only this team', example: '["search","support"]' },
};

/** In the path, where one name stands for different things. */
export const PATH_PARAMETERS: Readonly<Record<string, Facts>> = {
  '/v1/dimensions/{name}': { description: 'the dimension', example: 'team' },
  '/v1/alerts/rules/{name}': { description: 'the name of the rule', example: 'team-budget' },
  '/v1/silences/{id}': { description: 'as it was given when the silence was made' },
  '/v1/receivers/{name}': { description: 'the name of the receiver', example: 'on-call' },
  '/v1/receivers/{name}/test': { description: 'the name of the receiver', example: 'on-call' },
  '/v1/receivers/{name}/deliveries/{id}/redeliver': { description: 'of the receiver; of the message' },
};
