// The app's own code on the server: routes that refuse and fail, and a hook that reserves a title.

routerAdd("POST", "/api/app/refuse", (e) => {
  throw new BadRequestError("The shop is closed.", { shop: new ValidationError("shop_closed", "Closed on Sundays.") })
})
routerAdd("POST", "/api/app/refuse-plainly", (e) => {
  throw new BadRequestError("The shop is closed.")
})
routerAdd("POST", "/api/app/fail", (e) => {
  throw new Error("made up")
})
routerAdd("GET", "/api/app/own-form", (e) => e.json(422, { error: "own form", code: 7 }))
routerAdd("GET", "/api/app/lookalike", (e) => e.json(200, { data: { title: { code: "validation_required", message: "x" } }, message: "x", status: 400 }))
routerAdd("GET", "/api/app/members", (e) => e.json(200, { ok: true }), $apis.requireAuth("members"))
routerAdd("GET", "/api/app/guests", (e) => e.json(200, { ok: true }), $apis.requireGuestOnly())
onRecordCreateRequest((e) => {
  if (e.record.get("title") === "reserved") throw new ForbiddenError("This title is reserved.")
  e.next()
}, "posts")
