import { divideRounded } from '@tokenledger/model/money';
import type { Charge } from '@tokenledger/model';
import type { RateCard } from './rate-card.ts';
import { formatRate, multiplyRates, parseRate, rate, toPicoUsd, type Rate } from './rate.ts';

/** What serving a model on own GPUs costs, and what it serves. All numbers as exact decimal text. */
export interface SelfHostedModel {
  readonly provider: string;
  readonly model: string;
  readonly ids?: readonly string[];
  readonly gpuHourUsd: string;
  readonly gpus: string;
  /** The machine around the GPUs. */
  readonly hostHourUsd?: string;
  /** Tokens an hour of work serves. */
  readonly inputTokensPerHour: string;
  readonly outputTokensPerHour: string;
  /** How many input tokens cost as much as one output token. Default 4. */
  readonly outputWeight?: string;
  /** The part of the time spent serving, 0 to 1. Default 1. What is left is idle and costs its own line. */
  readonly activeShare?: string;
}

const DEFAULT_OUTPUT_WEIGHT = '4';

/**
 * GPU hours → prices per token: with C dollars an hour, T tokens an hour and w the weight of output, an input token costs
 * C / (T_in + w·T_out) and an output token w times that. Only active hours are in C, so that low use does not look like dear tokens.
 * `undefined` when a number cannot be read or nothing is served.
 */
export function selfHostedCard(model: SelfHostedModel): RateCard | undefined {
  const hourly = hourlyCost(model);
  const weight = parseRate(model.outputWeight ?? DEFAULT_OUTPUT_WEIGHT);
  const input = parseRate(model.inputTokensPerHour);
  const output = parseRate(model.outputTokensPerHour);
  if (!hourly || !weight || !input || !output) return undefined;
  const served = addRates(input, multiplyRates(weight, output));
  if (served.numerator === 0n) return undefined;
  const perInput = rate(hourly.numerator * served.denominator, hourly.denominator * served.numerator);
  return {
    id: `${model.provider}/${model.model}#self-hosted`,
    provider: model.provider,
    model: model.model,
    ...(model.ids && { ids: model.ids }),
    rates: {
      input_uncached: rateText(perInput),
      output_text: rateText(multiplyRates(perInput, weight)),
      gpu_seconds: rateText(rate(hourly.numerator, hourly.denominator * 3_600n)),
    },
  };
}

/** What a stretch of time costs in which the GPUs were paid for and did not serve. */
export function idleCharge(model: SelfHostedModel, seconds: number): Charge | undefined {
  const hourly = hourlyCost(model);
  const active = parseRate(model.activeShare ?? '1');
  if (!hourly || !active || active.numerator > active.denominator || !Number.isSafeInteger(seconds) || seconds < 0) return undefined;
  const idle = rate(active.denominator - active.numerator, active.denominator);
  const perSecond = multiplyRates(rate(hourly.numerator, hourly.denominator * 3_600n), idle);
  const pico = toPicoUsd(perSecond);
  return {
    meter: 'gpu_seconds',
    quantity: seconds,
    unitPriceUsd: formatRate(perSecond),
    amount: divideRounded(BigInt(seconds) * pico.numerator, pico.denominator),
    priceId: `${model.provider}/${model.model}#idle`,
    source: 'self-hosted',
  };
}

/** Dollars per hour for all GPUs and the host. */
function hourlyCost({ gpuHourUsd, gpus, hostHourUsd = '0' }: SelfHostedModel): Rate | undefined {
  const [perGpu, count, host] = [parseRate(gpuHourUsd), parseRate(gpus), parseRate(hostHourUsd)];
  return perGpu && count && host && addRates(multiplyRates(perGpu, count), host);
}

function addRates(a: Rate, b: Rate): Rate {
  return rate(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

/** As a rate is written in a card: `<numerator>/<denominator>` in lowest terms. */
function rateText({ numerator, denominator }: Rate): string {
  return denominator === 1n ? numerator.toString() : `${numerator}/${denominator}`;
}
