// A case is a call of the client, what is checked of it, and a function that throws when it is not so.
import { readFileSync } from 'node:fs';

const hangSeconds = 120; // no case takes long; one that is not done after this hangs
const cases = [];

/** Adds a case. They run in the order in which they were added, each with whatever happened before it. */
export function judged(call, checked, act) {
  cases.push({ call, checked, act });
}

/** Runs all of them, prints the table and the count; true when all passed. */
export async function runAll() {
  for (const one of cases) {
    one.fault = await faultOf(one);
    if (one.fault) console.log(`FAILED ${one.call}: ${one.checked}\n${one.fault}\n`);
  }
  printTable();
  const passed = cases.filter((one) => !one.fault).length;
  console.log(`\njudge: ${passed} of ${cases.length} checks passed, by ${clientVersion()} on Node ${process.version}`);
  return cases.length > 0 && passed === cases.length;
}

async function faultOf({ act }) {
  let timer;
  const hang = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${hangSeconds} s`)), hangSeconds * 1000);
  });
  try {
    await Promise.race([act(), hang]);
    return '';
  } catch (fault) {
    return fault?.stack ?? String(fault) + ' was thrown';
  } finally {
    clearTimeout(timer);
  }
}

function printTable() {
  const width = Math.max(...cases.map(({ call }) => call.length));
  const widest = Math.max(...cases.map(({ checked }) => checked.length));
  console.log(`${'call'.padEnd(width)} | ${'what was checked'.padEnd(widest)} | result`);
  console.log(`${'-'.repeat(width)}-|-${'-'.repeat(widest)}-|-------`);
  for (const { call, checked, fault } of cases)
    console.log(`${call.padEnd(width)} | ${checked.padEnd(widest)} | ${fault ? 'FAILED' : 'ok'}`);
}

function clientVersion() {
  const { name, version } = JSON.parse(readFileSync('node_modules/@google/genai/package.json', 'utf8'));
  return `${name} ${version}`;
}
