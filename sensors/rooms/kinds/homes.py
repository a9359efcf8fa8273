"""Bedrooms, living rooms, dining rooms, children's rooms."""

from __future__ import annotations

from sensors.rooms.draw import between, chance, whole
from sensors.rooms.furniture import beds, clutter, hangings, screens, sofas, storage
from sensors.rooms.kinds import common
from sensors.rooms.placement.hanging import HOME, cover_walls, hang
from sensors.rooms.placement.plan import Plan


def bedroom(plan: Plan, lit: bool) -> None:
    """Beds, night stands, dresser, wardrobe, perhaps a desk."""
    rng, style = plan.rng, plan.style
    bed = common.bed_place(plan)
    if bed is None or chance(rng, 0.12):
        common.bed_place(plan, 0.9)
    if chance(rng, 0.75):
        dresser = plan.against_wall(storage.dresser(rng, style))
        if dresser is not None and chance(rng, 0.35):
            common.set_on(plan, dresser, screens.television(rng, style), 0.0, 0.03, dresser.piece.height_m, 0.0)
        elif dresser is not None and chance(rng, 0.6):
            wall = next(w for w in plan.walls if w.yaw_rad == dresser.yaw_rad)
            u = wall.span(dresser.bounds)
            plan.at_wall(
                hangings.mirror(rng, style), wall, (u[0] + u[1]) / 2, z=dresser.piece.height_m + 0.12, gap_m=0.0
            )
    if chance(rng, 0.6):
        plan.against_wall(storage.wardrobe(rng, style), corner=0.7)
    if chance(rng, 0.4):
        common.desk_place(plan)
    if chance(rng, 0.3):
        common.shelving_along(plan, 1)
    if chance(rng, 0.3):
        plan.against_wall((sofas.armchair if chance(rng, 0.5) else sofas.sofa)(rng, style), corner=0.5)
    common.loose_chairs(plan, whole(rng, 0, 1))
    if chance(rng, 0.25):
        common.floor_lamp(plan, lit)
    cover_walls(plan, HOME, whole(rng, 5, 9))
    common.somebody(plan, 0.17)


def living_room(plan: Plan, lit: bool) -> None:
    """Sofas around a low table, a television, shelves."""
    rng, style = plan.rng, plan.style
    sofa = common.sofa_corner(plan)
    if chance(rng, 0.75):
        common.television_place(plan, sofa)
    if chance(rng, 0.35):
        common.sofa_corner(plan)
    common.shelving_along(plan, whole(rng, 0, 2), books=0.7)
    if chance(rng, 0.45):
        plan.against_wall(storage.cabinet(rng, style) if chance(rng, 0.6) else storage.dresser(rng, style))
    if chance(rng, 0.3):
        common.table_group(plan, 0.7)
    if chance(rng, 0.2):
        common.desk_place(plan)
    if chance(rng, 0.55):
        common.floor_lamp(plan, lit)
    if chance(rng, 0.5):
        common.floor_plant(plan)
    cover_walls(plan, HOME, whole(rng, 6, 11))
    common.somebody(plan, 0.25)


def dining_room(plan: Plan, lit: bool) -> None:
    """A big table with chairs, cabinets."""
    rng, style = plan.rng, plan.style
    table = common.table_group(plan, 0.85, round_=0.3)
    if table is not None and chance(rng, 0.35):
        common.lay_mat(
            plan, common.mats.mat(rng, between(rng, 1.8, 2.4), between(rng, 1.4, 1.9)), table.x, table.y, table.yaw_rad
        )
    for _ in range(whole(rng, 1, 2)):
        plan.against_wall((storage.cabinet if chance(rng, 0.6) else storage.sideboard)(rng, style), corner=0.3)
    if chance(rng, 0.3):
        common.sofa_corner(plan)
    common.shelving_along(plan, whole(rng, 0, 1), books=0.6)
    if chance(rng, 0.4):
        common.floor_plant(plan)
    if chance(rng, 0.3):
        hang(plan, screens.wall_television(rng, style), 1.2)
    common.loose_chairs(plan, whole(rng, 0, 2))
    cover_walls(plan, HOME, whole(rng, 6, 10))
    common.somebody(plan, 0.28)


def childrens_room(plan: Plan, lit: bool) -> None:
    """Bunk bed, cot or small beds, toys, a desk, low shelves."""
    rng, style = plan.rng, plan.style
    form = rng.random()
    if form < 0.4:
        plan.against_wall(beds.bunk_bed(rng, style), corner=0.8)
    elif form < 0.6:
        plan.against_wall(beds.cot(rng, style), corner=0.5)
    else:
        common.bed_place(plan, 0.9)
    if chance(rng, 0.4):
        plan.against_wall(beds.sofa_bed(rng, style), corner=0.6)
    if chance(rng, 0.6):
        plan.against_wall(storage.dresser(rng, style))
    if chance(rng, 0.6):
        common.desk_place(plan, computer=0.4)
    common.shelving_along(plan, whole(rng, 1, 2), books=0.35)
    if chance(rng, 0.4):
        plan.against_wall(storage.wardrobe(rng, style), corner=0.7)
    common.lay_mat(plan, common.mats.mat(rng, between(rng, 1.0, 1.7), between(rng, 0.9, 1.4)), 0.0, 0.0, 0.0)
    for _ in range(whole(rng, 2, 5)):
        plan.anywhere(clutter.toy(rng, style), tries=5)
    cover_walls(plan, HOME, whole(rng, 6, 10))
    common.somebody(plan, 0.14)
