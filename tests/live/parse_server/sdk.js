// A run through Parse's official JavaScript SDK; prints for each call what the SDK saw, one JSON line each.
'use strict';
const Parse = require('parse/node');

const settings = JSON.parse(process.env.PARSE_TEST_SETTINGS);
Parse.initialize(settings.appId, settings.javascriptKey);
Parse.serverURL = settings.serverURL;
Parse.liveQueryServerURL = settings.serverURL.replace(/^http/, 'ws');
// The SDK repeats a request that failed with a status of 500 or more; once is enough to see what it says.
Parse.CoreManager.set('REQUEST_ATTEMPT_LIMIT', 1);

const Note = Parse.Object.extend('Note');
const unknown = 'aaaaaaaaaa';

async function deleteTwo() {
  const one = await new Note({ title: 'one' }).save();
  return Parse.Object.destroyAll([one, Note.createWithoutData(unknown)]);
}

// With another value of one setting for the time of one call.
async function changed(name, value, run) {
  const usual = Parse.CoreManager.get(name);
  Parse.CoreManager.set(name, value);
  try {
    return await run();
  } finally {
    Parse.CoreManager.set(name, usual);
  }
}

const calls = {
  hello: () => Parse.Cloud.run('hello'),
  save: () => new Note({ title: 'from the SDK' }).save(),
  'save-all': () => Parse.Object.saveAll([new Note({ title: 'one' }), new Note({ title: 'two' })]),
  find: () => new Parse.Query(Note).limit(2).find(),
  // For an id that does not exist the server answers 200 with no results: the error 101 is the SDK's own.
  'get-unknown': () => new Parse.Query(Note).get(unknown),
  'fetch-unknown': () => Note.createWithoutData(unknown).fetch(),
  'update-unknown': () => Note.createWithoutData(unknown).save({ likes: 1 }),
  'delete-unknown': () => Note.createWithoutData(unknown).destroy(),
  'delete-all-one-unknown': deleteTwo,
  'save-wrong-type': () => new Note({ likes: 'three' }).save(),
  'save-all-one-wrong': () => Parse.Object.saveAll([new Note({ title: 'one' }), new Note({ likes: 'three' })]),
  'save-new-field': () => new Note({ colour: 'red' }).save(),
  'save-refused': () => new (Parse.Object.extend('Guarded'))({ title: 'coded' }).save(),
  'find-forbidden': () => new Parse.Query('Vault').find(),
  'find-unknown-class': () => new Parse.Query('Novelty').find(),
  'find-members': () => new Parse.Query('Members').find(),
  'find-bad-regex': () => new Parse.Query(Note).matches('title', 'M[').find(),
  'aggregate-without-master-key': () => new Parse.Query(Note).aggregate([{ $match: {} }]),
  'sign-up-taken': () => new Parse.User({ username: 'alice', password: 'made-up-pass-9' }).signUp(),
  'sign-up-weak': () => new Parse.User({ username: 'erin', password: 'weak' }).signUp(),
  'sign-up': () => new Parse.User({ username: 'erin', password: 'made-up-pass-6' }).signUp(),
  'log-in-wrong': () => Parse.User.logIn('erin', 'made-up-wrong'),
  'log-in': () => Parse.User.logIn('erin', 'made-up-pass-6'),
  'become-ended': () => Parse.User.become('r:55555555555555555555555555555555'),
  'reset-unknown': () => Parse.User.requestPasswordReset('nobody@example.org'),
  'function-coded': () => Parse.Cloud.run('fail', { code: 9001, message: 'The stock is empty.' }),
  'function-plain': () => Parse.Cloud.run('failPlainly'),
  'function-object': () => Parse.Cloud.run('failWithObject'),
  'function-unknown': () => Parse.Cloud.run('goodbye'),
  'function-validator': () => Parse.Cloud.run('needsAmount', { amount: -3 }),
  'function-lookalike': () => Parse.Cloud.run('reportOfAnError'),
  'function-limited': () => Parse.Cloud.run('limited'),
  'job-without-master-key': () => Parse.Cloud.startJob('tidy', {}),
  'file-blocked': () => new Parse.File('page.html', { base64: Buffer.from('<p>').toString('base64') }, 'text/html').save(),
  config: () => Parse.Config.get(),
  // Answers without a code, and answers that are no JSON.
  'wrong-key': () => changed('JAVASCRIPT_KEY', 'made-up-wrong-key', () => Parse.Cloud.run('hello')),
  'wrong-address': () => changed('SERVER_URL', settings.serverURL.replace('/parse', '/elsewhere'), () => Parse.Cloud.run('hello')),
};

async function main() {
  Parse.User.enableUnsafeCurrentUser();
  for (const [call, run] of Object.entries(calls)) {
    const line = { call };
    // So that a proxy can tell which requests belong to which call.
    Parse.CoreManager.set('REQUEST_HEADERS', { 'X-Test-Call': call });
    try {
      await run();
      line.ok = true;
    } catch (error) {
      line.code = error.code;
      line.message = error.message ?? String(error);
      if (Array.isArray(error.errors)) {
        line.errors = error.errors.map(({ code, message }) => ({ code, message }));
      }
    }
    process.stdout.write(JSON.stringify(line) + '\n');
  }
}

main().then(() => process.exit(0));
