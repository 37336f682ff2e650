// Sends the requests on standard input through the tool named in them, and writes what the tool records to a file.
'use strict';

const fs = require('fs');
const http = require('http');
const path = require('path');
const { spawn } = require('child_process');

const { tool, port, requests, headers, out, debugging } = JSON.parse(fs.readFileSync(0, 'utf8'));

const send = (to, { method, path, body }) =>
  new Promise((resolve, reject) => {
    const sent = http.request({ host: '127.0.0.1', port: to, method, path, headers: { ...headers, 'accept-encoding': 'gzip' } }, (answer) => {
      answer.on('data', () => {});
      answer.on('end', resolve);
    });
    sent.on('error', reject);
    sent.end(body ? JSON.stringify(body) : undefined);
  });

// A proxy that compresses every answer, as those before many servers do. Its own requests must not be recorded, so it is a process of its own.
const COMPRESSING = `
const http = require('http');
const zlib = require('zlib');
const proxy = http.createServer((asked, answered) => {
  const headers = { ...asked.headers, 'accept-encoding': 'identity' };
  const onward = http.request({ host: '127.0.0.1', port: ${port}, method: asked.method, path: asked.url, headers }, (answer) => {
    const fields = { ...answer.headers, 'content-encoding': 'gzip' };
    delete fields['content-length'];
    answered.writeHead(answer.statusCode, fields);
    answer.pipe(zlib.createGzip()).pipe(answered);
  });
  asked.pipe(onward);
});
proxy.listen(0, '127.0.0.1', () => console.log(proxy.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
`;

const compressing = () =>
  new Promise((resolve) => {
    // It ends when its standard input does, and so with this process at the latest.
    const proxy = spawn(process.execPath, ['-e', COMPRESSING], { stdio: ['pipe', 'pipe', 'inherit'] });
    proxy.stdout.once('data', (line) => resolve({ port: Number(line), close: () => proxy.stdin.end() }));
  });

const polly = async (version) => {
  const [{ Polly }, Adapter, Persister] = ['', '-http', '-fs'].map((part) => require(`polly${version}${part}`));
  Polly.register(Adapter.default || Adapter);
  Polly.register(Persister.default || Persister);
  const proxy = await compressing();
  const folder = fs.mkdtempSync(path.join(path.dirname(out), 'polly-'));
  const run = new Polly('run', {
    adapters: ['node-http'],
    persister: 'fs',
    persisterOptions: { fs: { recordingsDir: folder } },
    mode: 'record',
    recordFailedRequests: true,
    logging: false,
    logLevel: 'silent',
  });
  for (const request of requests) await send(proxy.port, request);
  await run.stop();
  proxy.close();
  const [recording] = fs.readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('recording.har'));
  fs.copyFileSync(path.join(folder, recording), out);
};

const tools = {
  polly5: () => polly(5),
  polly6: () => polly(6),
  nock: async () => {
    const nock = require('nock');
    nock.recorder.rec({ dont_print: true, output_objects: true, enable_reqheaders_recording: true });
    const proxy = await compressing();
    for (const [number, request] of requests.entries()) await send(number % 2 ? port : proxy.port, request);
    proxy.close();
    fs.writeFileSync(out, JSON.stringify(nock.recorder.play(), null, 1));
  },
  newman: () =>
    new Promise((resolve, reject) => {
      const item = requests.map(({ method, path, body }, number) => ({
        name: String(number),
        request: {
          method,
          url: `http://127.0.0.1:${port}${path}`,
          header: Object.entries(headers).map(([key, value]) => ({ key, value })),
          ...(body ? { body: { mode: 'raw', raw: JSON.stringify(body) } } : {}),
        },
      }));
      const schema = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';
      const collection = { info: { name: 'run', schema }, item };
      require('newman').run({ collection, reporters: ['json'], reporter: { json: { export: out } } }, (error) => (error ? reject(error) : resolve()));
    }),
  'chrome-har-capturer': () =>
    new Promise((resolve, reject) => {
      const urls = requests.filter(({ method }) => method === 'GET').map(({ path }) => `http://127.0.0.1:${port}${path}`);
      const preHook = async (_url, client) => client.Network.setExtraHTTPHeaders({ headers });
      const options = { host: '127.0.0.1', port: debugging, content: true, preHook, retry: 1 };
      require('chrome-har-capturer')
        .run(urls, options)
        .on('fail', (_url, error) => reject(error))
        .on('har', (har) => resolve(fs.writeFileSync(out, JSON.stringify(har))));
    }),
};

tools[tool]().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  }
);
