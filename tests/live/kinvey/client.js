// Calls through Kinvey's official Node SDK; prints for each what the SDK threw, one JSON line each.
// Settings come as JSON in KINVEY_TEST_SETTINGS: the address of the API, and the calls to make, each with an app key of its own.
'use strict';
const Kinvey = require('kinvey-node-sdk');

const settings = JSON.parse(process.env.KINVEY_TEST_SETTINGS);

const collection = () => Kinvey.DataStore.collection('notes', Kinvey.DataStoreType.Network);
const withTitle = () => new Kinvey.Query().equalTo('title', 'Milk');
const calls = {
  find: () => collection().find().toPromise(),
  query: () => collection().find(withTitle()).toPromise(),
  get: () => collection().findById('aaaaaaaaaaaaaaaaaaaaaaaa').toPromise(),
  save: () => collection().save({ title: 'Milk' }),
  update: () => collection().update({ _id: 'aaaaaaaaaaaaaaaaaaaaaaaa', title: 'Milk' }),
  remove: () => collection().remove(withTitle()),
  count: () => collection().count().toPromise(),
  group: () => collection().group(Kinvey.Aggregation.count('title')).toPromise(),
  login: () => Kinvey.User.login('alice', 'made-up-pass-1'),
  'sign-up': () => Kinvey.User.signup({ username: 'alice', password: 'made-up-pass-1' }),
  'sign-in-with-mic': () =>
    Kinvey.User.loginWithMIC('https://notes.example.org/signed-in', Kinvey.AuthorizationGrant.AuthorizationCodeAPI, {
      username: 'alice',
      password: 'made-up-pass-1',
    }),
  lookup: () => Kinvey.User.lookup(withTitle()).toPromise(),
  me: () => Kinvey.User.me(),
  file: () => Kinvey.Files.findById('bbbbbbbbbbbbbbbbbbbbbbbb'),
  endpoint: () => Kinvey.CustomEndpoint.execute('ledger', { page: 7 }),
};
const loggedOut = new Set(['login', 'sign-up', 'sign-in-with-mic']);

async function main() {
  for (const { call, appKey } of settings.calls) {
    Kinvey.init({ appKey, appSecret: 'made-up-app-secret', apiHostname: settings.address, micHostname: settings.address });
    const line = { appKey };
    try {
      if (!loggedOut.has(call)) {
        await Kinvey.User.login('bob', 'made-up-pass-2');
      }
      line.reached = true;
      await calls[call]();
      line.ok = true;
    } catch (error) {
      const { name, message, debug, code, kinveyRequestId } = error;
      Object.assign(line, { name, message, debug, code, kinveyRequestId });
    }
    process.stdout.write(JSON.stringify(line) + '\n');
  }
}

main().then(() => process.exit(0));
