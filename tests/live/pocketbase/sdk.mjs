// Calls of the JavaScript SDK, and what the app sees of each: one line of JSON a call.
import PocketBase, { ClientResponseError } from "pocketbase"

const { address, password } = JSON.parse(process.env.POCKETBASE_TEST_SETTINGS)
const pb = new PocketBase(address)
pb.autoCancellation(false)

async function call(name, run) {
  try {
    await run()
    console.log(JSON.stringify({ name, ok: true }))
  } catch (error) {
    const seen = error instanceof ClientResponseError
    const fields = Object.fromEntries(Object.entries(error.response?.data ?? {}).map(([field, { code }]) => [field, code]))
    console.log(JSON.stringify({ name, ok: false, seen, status: error.status, message: error.message, fields }))
  }
}

const posts = pb.collection("posts"), users = pb.collection("users")
let id
await call("list", () => posts.getList(1, 5))
await call("sign-in-wrong", () => users.authWithPassword("alice@example.org", "wrong-pass-1"))
await call("create-signed-out", () => posts.create({ title: "By the SDK" }))
await call("sign-in", () => users.authWithPassword("bob@example.org", password))
await call("create", async () => { id = (await posts.create({ title: "By the SDK", owner: pb.authStore.record.id })).id })
await call("create-refused-fields", () => posts.create({ title: "A", rating: 9 }))
await call("create-file", () => { const data = new FormData(); data.append("title", "With a file"); data.append("cover", new Blob(["hello"]), "notes.txt"); return posts.create(data) })
await call("update", () => posts.update(id, { title: "Changed by the SDK" }))
await call("one", () => posts.getOne(id, { expand: "author" }))
await call("one-unknown", () => posts.getOne("aaaaaaaaaaaaaaa"))
await call("first-none", () => posts.getFirstListItem('title = "nothing has this title"'))
await call("filter-unknown-field", () => posts.getList(1, 5, { filter: "titel = 'x'" }))
await call("full-list", () => posts.getFullList({ sort: "-rating" }))
await call("refresh", () => users.authRefresh())
await call("reset", () => users.requestPasswordReset("bob@example.org"))
await call("settings", () => pb.settings.getAll())
await call("collection-unknown", () => pb.collection("psots").getList())
await call("custom", () => pb.send("/api/app/refuse-plainly", { method: "POST", body: {} }))
await call("batch-off", () => { const batch = pb.createBatch(); batch.collection("posts").create({ title: "In a batch" }); return batch.send() })
await call("health", () => pb.health.check())
await call("delete", () => posts.delete(id))
await call("delete-twice", () => posts.delete(id))
pb.authStore.clear()
await call("refresh-signed-out", () => users.authRefresh())
