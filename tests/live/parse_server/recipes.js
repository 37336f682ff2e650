// Apps that meet errors on demand, through Parse's official JavaScript SDK: what docs/errors-on-demand.md tells. Prints one JSON line for each.
'use strict';
const Parse = require('parse/node');

const settings = JSON.parse(process.env.PARSE_TEST_SETTINGS);
Parse.initialize(settings.appId, settings.javascriptKey);
Parse.serverURL = settings.serverURL;
Parse.liveQueryServerURL = settings.serverURL.replace(/^http/, 'ws');
Parse.User.enableUnsafeCurrentUser();

const Note = Parse.Object.extend('Note');
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const titled = async (title) => new Parse.Query(Note).equalTo('title', title).count();

// What the SDK threw, as an app sees it.
async function outcome(run) {
  try {
    return { value: (await run()) ?? null };
  } catch (error) {
    return { code: error.code, message: error.message, kind: error.constructor.name, errors: error.errors?.map((one) => one.code) };
  }
}

async function persistently(run, pauses) {
  for (const wait of [...pauses, null]) {
    const result = await outcome(run);
    if (result.code === undefined || wait === null) {
      return result;
    }
    await pause(wait);
  }
}

const apps = {
  async patient() {
    const note = { title: 'patient' };
    return persistently(async () => (await new Note().save(note)).get('title'), [1300, 2600]);
  },
  async greedy() {
    return persistently(async () => (await new Note().save({ title: 'greedy' })).get('title'), [10, 10, 10]);
  },
  // Signs in again, once, when the session has ended.
  async session() {
    await new Parse.User({ username: 'nora', password: 'made-up-pass-7' }).signUp();
    const seen = [];
    for (let page = 0; page < 4; page++) {
      let result = await outcome(() => new Parse.Query(Note).skip(page).find());
      if (result.code === Parse.Error.INVALID_SESSION_TOKEN) {
        seen.push(result.code);
        await Parse.User.logIn('nora', 'made-up-pass-7');
        result = await outcome(() => new Parse.Query(Note).skip(page).find());
      }
      seen.push(result.code ?? 'ok');
    }
    return { value: seen };
  },
  // The SDK repeats what failed with a status of 500 or more by itself.
  async twice() {
    return outcome(() => Parse.Cloud.run('hello'));
  },
  // The SDK repeats what got no answer by itself.
  async lost() {
    const result = await outcome(async () => (await new Note().save({ title: 'lost' })).get('title'));
    return { ...result, stored: await titled('lost') };
  },
  async idempotent() {
    Parse.CoreManager.set('IDEMPOTENCY', true);
    const result = await outcome(async () => (await new Note().save({ title: 'once' })).get('title'));
    return { ...result, stored: await titled('once') };
  },
  async slow() {
    const order = [];
    const slow = new Parse.Query(Note).equalTo('title', 'slow').find().then(() => order.push('slow'));
    await Parse.Cloud.run('hello').then(() => order.push('quick'));
    await slow;
    return { value: order };
  },
  async half() {
    const notes = ['half 1', 'half 2', 'half 3'].map((title) => new Note({ title }));
    const result = await outcome(() => Parse.Object.saveAll(notes));
    return { ...result, saved: notes.map((note) => Boolean(note.id)), stored: await new Parse.Query(Note).startsWith('title', 'half').count() };
  },
  async tour() {
    const codes = new Set();
    for (let number = 0; number < 80; number++) {
      const result = await outcome(() => new Parse.Query(Note).limit(number).find());
      codes.add(result.code ?? 'ok');
    }
    return { value: [...codes] };
  },
  async live() {
    return outcome(async () => (await new Parse.Query(Note).subscribe()).id);
  },
  async wrong() {
    const unknown = Note.createWithoutData('aaaaaaaaaa');
    return {
      value: {
        fetch: await outcome(() => unknown.fetch()),
        update: await outcome(() => unknown.save({ likes: 1 })),
        type: await outcome(() => new Note({ likes: 'three' }).save()),
        login: await outcome(() => Parse.User.logIn('nobody', 'made-up-wrong')),
        become: await outcome(() => Parse.User.become('r:55555555555555555555555555555555')),
        first: (await outcome(() => new Parse.User({ username: 'mona', password: 'made-up-pass-8' }).signUp())) && null,
        taken: await outcome(() => new Parse.User({ username: 'mona', password: 'made-up-pass-8' }).signUp()),
        script: await outcome(() => Parse.Cloud.run('goodbye')),
        coded: await outcome(() => Parse.Cloud.run('fail', { code: 9001, message: 'The stock is empty.' })),
        limited: await outcome(async () => {
          for (let number = 0; number < 4; number++) {
            await Parse.Cloud.run('limited');
          }
        }),
      },
    };
  },
};

async function main() {
  for (const app of settings.apps) {
    process.stdout.write(JSON.stringify({ app, ...(await apps[app]()) }) + '\n');
  }
}

main().then(() => process.exit(0));
