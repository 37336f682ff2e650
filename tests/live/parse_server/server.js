// A Parse Server to test against: it prints one JSON line with its port when it is ready.
// Settings come as JSON in PARSE_TEST_SETTINGS, so that one place (harness.py) knows the made-up keys.
'use strict';
const http = require('http');
const express = require('express');
const compression = require('compression');
const { ParseServer, ParseGraphQLServer } = require('parse-server');
const FileSystemAdapter = require('@parse/fs-files-adapter');
const cloud = require('./cloud.js');

const settings = JSON.parse(process.env.PARSE_TEST_SETTINGS);
const serverURL = `http://127.0.0.1:${settings.port}/parse`;

// Letters and pushes go nowhere: the tests look at what the server answers, not at what it sends.
const mailbox = {
  sendMail: async () => {},
  sendVerificationEmail: async () => {},
  sendPasswordResetEmail: async () => {},
};
const pusher = {
  getValidPushTypes: () => ['ios', 'android'],
  send: async () => [],
};

// A sign-in provider that needs no network: the token decides.
const badge = {
  validateAppId: async () => {},
  validateAuthData: async (authData) => {
    if (authData.token !== 'valid') {
      throw new Parse.Error(Parse.Error.OBJECT_NOT_FOUND, 'Badge auth is invalid for this user.');
    }
  },
};

const options = {
  appName: 'Notes',
  appId: settings.appId,
  masterKey: settings.masterKey,
  readOnlyMasterKey: settings.readOnlyMasterKey,
  maintenanceKey: settings.maintenanceKey,
  restAPIKey: settings.restKey,
  javascriptKey: settings.javascriptKey,
  clientKey: settings.clientKey,
  webhookKey: settings.webhookKey,
  databaseURI: settings.databaseURI,
  serverURL,
  publicServerURL: serverURL,
  // With a trusted proxy the sender's address is what X-Forwarded-For says: this makes the refusal
  // of the master key from a foreign address reachable from the loopback interface.
  trustProxy: true,
  masterKeyIps: ['127.0.0.1', '::1'],
  silent: true,
  logLevel: 'error',
  cloud,
  emailAdapter: mailbox,
  push: { adapter: pusher },
  filesAdapter: new FileSystemAdapter({ filesSubDirectory: 'uploads' }),
  fileUpload: { enableForPublic: false, enableForAnonymousUser: false, enableForAuthenticatedUser: true },
  maxUploadSize: '8kb',
  allowClientClassCreation: false,
  verifyUserEmails: ({ object }) => String(object.get('username')).startsWith('unverified'),
  preventLoginWithUnverifiedEmail: true,
  emailVerifySuccessOnInvalidEmail: false,
  accountLockout: { duration: 1, threshold: 3 },
  passwordPolicy: {
    validatorPattern: /^(?=.*[0-9]).{8,}$/,
    doNotAllowUsername: true,
    maxPasswordHistory: 2,
    maxPasswordAge: 90,
    resetPasswordSuccessOnInvalidEmail: false,
  },
  auth: {
    badge: { module: badge },
    apple: { clientId: 'org.example.notes' },
    facebook: { appIds: ['000000000000000'], appSecret: 'made-up' },
    google: { clientId: 'notes.example.org' },
    mfa: { enabled: true, options: ['TOTP'], digits: 6, period: 30, algorithm: 'SHA1' },
  },
  idempotencyOptions: { paths: ['functions/.*', 'classes/.*', 'users', 'jobs/.*'], ttl: 300 },
  rateLimit: [
    { requestPath: '/functions/limited', requestTimeWindow: 600000, requestCount: 2, includeInternalRequests: true },
    {
      requestPath: '/functions/limitedKindly', requestTimeWindow: 600000, requestCount: 1,
      includeInternalRequests: true, errorResponseMessage: 'Slow down, please.',
    },
  ],
  requestComplexity: {
    queryDepth: 8, includeDepth: 5, includeCount: 10,
    // Version 8 refuses to start with an option that it does not know.
    ...(settings.version >= 9 ? { batchRequestLimit: 20 } : {}),
  },
  // Sanitized, most refusals read "Permission denied". Version 9 runs as it comes; version 8 shows the long messages,
  // so that both kinds are seen.
  ...(settings.version >= 9 ? {} : { enableSanitizedErrorResponse: false }),
  liveQuery: { classNames: ['Note', 'Vault', 'Members'] },
  ...settings.options,
};

async function main() {
  const parse = new ParseServer(options);
  await parse.start();
  const app = express();
  app.use(compression({ threshold: 0 }));
  app.set('trust proxy', true);
  app.get('/welcome', (_, response) => {
    response.send('<!DOCTYPE html><title>Notes</title><p>code 101: an ordinary page that speaks of an error');
  });
  app.use('/parse', parse.app);
  new ParseGraphQLServer(parse, { graphQLPath: '/graphql' }).applyGraphQL(app);
  const server = http.createServer(app);
  await new Promise((listening) => server.listen(settings.port, '127.0.0.1', listening));
  await ParseServer.createLiveQueryServer(server, { keyPairs: { restAPIKey: settings.restKey } }, options);
  process.stdout.write(JSON.stringify({ port: settings.port }) + '\n');
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => process.exit(0));
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack || error}\n`);
  process.exit(1);
});
