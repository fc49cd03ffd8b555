/** Addresses of APIs that name a region. */
const REGIONAL: readonly RegExp[] = [
  /^(?:[\w-]+\.)?bedrock-(?:runtime|mantle)[\w-]*\.([\w-]+)\.(?:vpce\.)?(?:amazonaws|api\.aws)/,
  /^([a-z]{2})\.api\.openai\.com$/,
  /^([\w-]+)-aiplatform\.googleapis\.com$/,
  /^aiplatform\.([\w-]+)\.rep\.googleapis\.com$/,
];

/** As price lists name them. */
const REGION_NAMES: Readonly<Record<string, string | undefined>> = { gb: 'uk', global: undefined };

export const regionName = (region: string): string | undefined => (Object.hasOwn(REGION_NAMES, region) ? REGION_NAMES[region] : region);

/** The region that the address of an API names: it may change the price. */
export function regionOfHost(host: string): string | undefined {
  for (const pattern of REGIONAL) {
    const region = pattern.exec(host)?.[1];
    if (region !== undefined) return regionName(region);
  }
  return undefined;
}
