"""The stand-in's views.* methods."""

from tests.slack.allowed import HOME, MODAL
from tests.slack.limits import Json, faults_in_view, texts_in, too_large
from tests.slack.world import STACK, Refused, Shown, World, faulty


def checked(world: World, view: object, kind: str) -> Json:
    """A view that Slack takes, or what it refuses in it. Its words are kept in `world.said`."""
    said = world.said.messages if kind == HOME else world.said.modals
    said += texts_in(view)
    if too_large(view):
        raise Refused("view_too_large")
    faults = faults_in_view(view) or world.picture_faults(view, "/view")
    if faults:
        raise faulty("invalid_arguments", faults)
    assert isinstance(view, dict)
    if view["type"] != kind:
        raise faulty(
            "invalid_arguments", [f"unsupported type: {view['type']} [json-pointer:/view/type]"]
        )
    return view


def _free(world: World, given: Json, *, but: str = "") -> None:
    """An external_id stands for one view alone."""
    name = given.get("external_id")
    stacks = [one for stack in world.screens.values() for one in stack]
    if name and any(one.view["external_id"] == name and one.view["id"] != but for one in stacks):
        raise Refused("duplicate_external_id")


def open_view(world: World, args: Json) -> Json:
    given = checked(world, args.get("view"), MODAL)
    _free(world, given)
    trigger = world.use_trigger(args.get("trigger_id"))
    stack = world.screens[trigger.user] = []
    return {"view": world.show(trigger.user, given, on=stack).seen()}


def push(world: World, args: Json) -> Json:
    given = checked(world, args.get("view"), MODAL)
    _free(world, given)
    trigger = world.use_trigger(args.get("trigger_id"))
    if not trigger.view_id:
        raise Refused("invalid_trigger_id")
    stack = world.screens.get(trigger.user, [])
    if not stack:
        raise Refused("not_found")
    return {"view": on_top(world, stack, given).seen()}


def on_top(world: World, stack: list[Shown], given: Json) -> Shown:
    """One more view on a stack, of which there are three at most."""
    if len(stack) >= STACK:
        raise Refused("push_limit_reached")
    return world.show(stack[0].user, given, on=stack)


def update(world: World, args: Json) -> Json:
    shown = world.shown(str(args.get("view_id") or ""), str(args.get("external_id") or ""))
    given = checked(world, args.get("view"), MODAL)
    _free(world, given, but=shown.view["id"])
    _unchanged(shown, args)
    world.draw(shown, given)
    return {"view": shown.seen()}


def publish(world: World, args: Json) -> Json:
    given = checked(world, args.get("view"), HOME)
    user = str(args.get("user_id"))
    if user not in world.users or world.users[user].deleted:
        raise faulty("invalid_arguments", ["invalid `user_id` [json-pointer:/user_id]"])
    shown = world.homes.get(user)
    if shown is None:
        shown = world.homes[user] = world.show(user, given, on=[])
    else:
        _unchanged(shown, args)
        world.draw(shown, given)
    return {"view": shown.seen()}


def _unchanged(shown: Shown, args: Json) -> None:
    if args.get("hash") and args["hash"] != shown.view["hash"]:
        raise Refused("hash_conflict")
