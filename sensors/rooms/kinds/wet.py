"""Kitchens and bathrooms."""

from __future__ import annotations

from sensors.rooms.draw import between, chance, pick, whole
from sensors.rooms.furniture import bags, hangings, mats, shelving, soft, storage
from sensors.rooms.furniture import bathroom as bath
from sensors.rooms.furniture import kitchen as kit
from sensors.rooms.kinds import common
from sensors.rooms.placement.hanging import COOKING, WET, cover_walls, hang
from sensors.rooms.placement.plan import Placed, Plan
from sensors.rooms.placement.walls import Wall


def kitchen(plan: Plan, lit: bool) -> None:
    """Counters along one wall or two, cupboards above them, a fridge, often a table."""
    rng, style = plan.rng, plan.style
    look = kit.KitchenLook(rng, style)
    run = _counter_run(plan, look, ("sink", "cooker") if chance(rng, 0.8) else ("sink",))
    fridge = kit.fridge(rng, style)
    if run is None or plan.beside(run, fridge, pick(rng, (-1, 1)), 0.02) is None:
        plan.against_wall(fridge, corner=0.7)
    if chance(rng, 0.45):
        _counter_run(plan, look, ("cooker",) if chance(rng, 0.3) else ())
    if chance(rng, 0.3):
        plan.anywhere(kit.island(rng, look), turned=False, middle=0.5)
    if chance(rng, 0.65):
        common.table_group(plan, 0.75, round_=0.35)
    if chance(rng, 0.35):
        plan.against_wall(pick(rng, (shelving.shelves, storage.cabinet, bath.washing_machine))(rng, style))
    if run is not None and chance(rng, 0.4):
        x, y, _ = run.world(0.0, -run.piece.depth_m / 2 - 0.35)
        common.lay_mat(plan, mats.door_mat(rng), x, y, run.yaw_rad)
    plan.against_wall(bags.bin_(rng, style), corner=0.8)
    common.loose_chairs(plan, whole(rng, 0, 1))
    cover_walls(plan, COOKING, whole(rng, 5, 9))
    common.somebody(plan, 0.25)


def bathroom(plan: Plan, lit: bool) -> None:
    """Toilet, basin with a mirror, bathtub or shower with its curtain, towels, mats."""
    rng, style = plan.rng, plan.style
    tub = _tub(plan) if chance(rng, 0.7) else None
    basin = plan.against_wall(bath.wash_basin(rng, style), corner=0.25, gap_m=0.0)
    if basin is not None:
        wall = _wall_of(plan, basin)
        u = wall.span(basin.bounds)
        above = basin.piece.supports[0].z if basin.piece.supports else 0.85
        mirror = hangings.mirror(rng, style)
        plan.at_wall(mirror, wall, (u[0] + u[1]) / 2, z=above + between(rng, 0.25, 0.35), gap_m=0.0)
    seat = plan.against_wall(bath.toilet(rng, style), corner=0.4, gap_m=0.0)
    if seat is not None and chance(rng, 0.7):
        hang(plan, bath.paper_roll(rng, style), 0.7)
    if tub is None:
        plan.against_wall(bath.shower_tray(rng, style), corner=1.0, gap_m=0.0)
    if chance(rng, 0.4):
        plan.against_wall(pick(rng, (bath.washing_machine, storage.cabinet, shelving.shelves))(rng, style), corner=0.7)
    before = tub or basin or seat
    for target in (before, seat if chance(rng, 0.3) else None):
        if target is not None and chance(rng, 0.8):
            x, y, _ = target.world(0.0, target.piece.bounds[1] - 0.32)
            common.lay_mat(plan, mats.door_mat(rng), x, y, target.yaw_rad)
    for _ in range(whole(rng, 1, 2)):
        hang(plan, (soft.towel_on_rail if chance(rng, 0.6) else soft.towel_on_hook)(rng, style), between(rng, 1.1, 1.5))
    cover_walls(plan, WET, whole(rng, 3, 7))
    plan.against_wall(bags.bin_(rng, style), corner=0.9)
    if chance(rng, 0.35):
        plan.against_wall(bags.storage_crate(rng, style), corner=0.8)
    common.somebody(plan, 0.08)


def _counter_run(plan: Plan, look: kit.KitchenLook, fittings: tuple[str, ...]) -> Placed | None:
    """A counter as long as a wall allows, with cupboards above it."""
    rng = plan.rng
    for wide in (between(rng, 2.2, 3.4), between(rng, 1.6, 2.1), 1.15):
        run = plan.against_wall(kit.counter(rng, look, wide, fittings), corner=0.75, gap_m=0.0)
        if run is None:
            continue
        wall = _wall_of(plan, run)
        u = wall.span(run.bounds)
        if chance(rng, 0.85):
            above = kit.wall_cupboards(
                rng, look, wide * (1.0 if chance(rng, 0.6) else between(rng, 0.4, 0.8)), "cooker" in fittings
            )
            spare = (wide - above.width_m) / 2
            plan.at_wall(
                above,
                wall,
                (u[0] + u[1]) / 2 + between(rng, -spare, spare) * 0.95,
                z=between(rng, 1.38, 1.5),
                gap_m=0.0,
            )
        return run
    return None


def _tub(plan: Plan) -> Placed | None:
    """A bathtub in a corner, mostly with a shower curtain along its outer edge."""
    rng, style = plan.rng, plan.style
    tub = plan.against_wall(bath.bathtub(rng, style), corner=1.0, gap_m=0.0)
    if tub is None:
        return None
    if chance(rng, 0.78):
        rail = min(between(rng, 1.85, 2.05), plan.size_m[2] - 0.1)
        inside = chance(rng, 0.5)
        low = tub.piece.height_m - (0.15 if inside else 0.4)
        y = tub.piece.bounds[1] + (0.1 if inside else -0.035)
        body = bath.shower_curtain(rng, style, tub.piece.width_m - 0.04, rail, low, tub.piece.bounds[4] - y)
        common.set_on(plan, tub, body, 0.0, y, 0.0, 0.0)
    return tub


def _wall_of(plan: Plan, placed: Placed) -> Wall:
    return next(w for w in plan.walls if w.yaw_rad == placed.yaw_rad)
