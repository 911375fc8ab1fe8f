"""TU-Berlin sketches: 20,000 drawings, 80 of each of 250 classes, black strokes on white (Eitz et al. 2012).

The archive holds png/CLASS/ID.png of 1111x1111 pixels. Stored at the size that its config names; strokes are thin, six
pixels of 1111, and averaged over the area of a pixel, so at 32x32 they are light grey. In the config 32x32_strokes
they are white on black and stronger, as in DeLiGAN's released program. Without TensorFlow the unpacked archive can be
read in place: folder:DIR/png with config.data.image_size, and config.data.strokes = 3 for the latter.
"""

import dataclasses
import pathlib
import re
import zipfile
from collections.abc import Iterator

import numpy as np
import tensorflow_datasets as tfds
from PIL import Image

from mogan.data.decode import decode
from mogan.data.fit import fit, strokes
from mogan.data.listing import is_hidden

PAGE = "http://cybertron.cg.tu-berlin.de/eitz/projects/classifysketch/"
ARCHIVE = "sketches_png.zip"
SIZES = (32, 64, 128)
WIDENED = 3  # pixels of 1111 that a pixel of a line becomes in 32x32_strokes
CLASSES = tuple(
    re.split(
        r",\s+",
        """airplane, alarm clock, angel, ant, apple, arm, armchair, ashtray, axe, backpack, banana, barn, baseball bat,
        basket, bathtub, bear (animal), bed, bee, beer-mug, bell, bench, bicycle, binoculars, blimp, book, bookshelf,
        boomerang, bottle opener, bowl, brain, bread, bridge, bulldozer, bus, bush, butterfly, cabinet, cactus, cake,
        calculator, camel, camera, candle, cannon, canoe, car (sedan), carrot, castle, cat, cell phone, chair,
        chandelier, church, cigarette, cloud, comb, computer monitor, computer-mouse, couch, cow, crab, crane (machine),
        crocodile, crown, cup, diamond, dog, dolphin, donut, door, door handle, dragon, duck, ear, elephant, envelope,
        eye, eyeglasses, face, fan, feather, fire hydrant, fish, flashlight, floor lamp, flower with stem, flying bird,
        flying saucer, foot, fork, frog, frying-pan, giraffe, grapes, grenade, guitar, hamburger, hammer, hand, harp,
        hat, head, head-phones, hedgehog, helicopter, helmet, horse, hot air balloon, hot-dog, hourglass, house,
        human-skeleton, ice-cream-cone, ipod, kangaroo, key, keyboard, knife, ladder, laptop, leaf, lightbulb, lighter,
        lion, lobster, loudspeaker, mailbox, megaphone, mermaid, microphone, microscope, monkey, moon, mosquito,
        motorbike, mouse (animal), mouth, mug, mushroom, nose, octopus, owl, palm tree, panda, paper clip, parachute,
        parking meter, parrot, pear, pen, penguin, person sitting, person walking, piano, pickup truck, pig, pigeon,
        pineapple, pipe (for smoking), pizza, potted plant, power outlet, present, pretzel, pumpkin, purse, rabbit,
        race car, radio, rainbow, revolver, rifle, rollerblades, rooster, sailboat, santa claus, satellite,
        satellite dish, saxophone, scissors, scorpion, screwdriver, sea turtle, seagull, shark, sheep, ship, shoe,
        shovel, skateboard, skull, skyscraper, snail, snake, snowboard, snowman, socks, space shuttle, speed-boat,
        spider, sponge bob, spoon, squirrel, standing bird, stapler, strawberry, streetlight, submarine, suitcase, sun,
        suv, swan, sword, syringe, t-shirt, table, tablelamp, teacup, teapot, teddy-bear, telephone, tennis-racket,
        tent, tiger, tire, toilet, tomato, tooth, toothbrush, tractor, traffic light, train, tree, trombone, trousers,
        truck, trumpet, tv, umbrella, van, vase, violin, walkie talkie, wheel, wheelbarrow, windmill, wine-bottle,
        wineglass, wrist-watch, zebra""",
    )
)


@dataclasses.dataclass(eq=False)
class Size(tfds.core.BuilderConfig):
    """pixels: width and height of the images; widened: as for `fit.strokes`, 0 for drawings as they are."""

    pixels: int = SIZES[0]
    widened: int = 0


def find(manual_dir: pathlib.Path) -> pathlib.Path | zipfile.Path | None:
    """The folder png of the archive, unpacked or within it; None if there is neither."""
    folder, archive = manual_dir / "png", manual_dir / ARCHIVE
    if folder.is_dir():
        return folder
    return zipfile.Path(archive) / "png" if zipfile.is_zipfile(archive) else None


def examples(folder: pathlib.Path | zipfile.Path, size: int, widened: int = 0) -> Iterator[tuple[str, dict]]:
    """(key, example) of every drawing below `folder`: image uint8 [size, size, 1], label the name of its class.

    Classes of which there is no folder are left out.
    """
    for name in CLASSES:
        if (folder / name).is_dir():
            for file in sorted((folder / name).iterdir(), key=lambda file: file.name):
                if file.name.endswith(".png") and not is_hidden(file.name):
                    yield f"{name}/{file.name}", {"image": sketch(file, size, widened), "label": name}


def sketch(file: pathlib.Path | zipfile.Path, size: int, widened: int = 0) -> np.ndarray:
    """The drawing in `file`, each pixel the mean over its area: uint8 [size, size, 1], 255 where it is white; with
    `widened` what `fit.strokes` makes of it."""
    with file.open("rb") as stream:
        grey = decode(stream).image.convert("L")
    drawn = strokes(grey, size, widened) if widened else fit(grey, size, Image.Resampling.BOX)
    return np.asarray(drawn)[..., None]


class TuBerlin(tfds.core.GeneratorBasedBuilder):
    """The builder of tfds:tu_berlin: 32x32, the default, 64x64 and 128x128 as drawn, and 32x32_strokes."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = f"From {PAGE} download {ARCHIVE} and leave it as it is, or unpack its folder png."
    BUILDER_CONFIGS = [
        *(Size(name=f"{n}x{n}", description=f"Drawings of {n} by {n} pixels.", pixels=n) for n in SIZES),
        Size(name="32x32_strokes", description="White strokes on black.", pixels=32, widened=WIDENED),
    ]

    def _info(self):
        size = self.builder_config.pixels
        return tfds.core.DatasetInfo(
            builder=self,
            description="Sketches of everyday objects by people who are no artists, 80 of each of 250 classes.",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(size, size, 1), encoding_format="png"),
                    "label": tfds.features.ClassLabel(names=CLASSES),
                }
            ),
            supervised_keys=("image", "label"),
            homepage=PAGE,
            citation="""@article{eitz2012hdhso,
              author = {Eitz, Mathias and Hays, James and Alexa, Marc},
              title = {How Do Humans Sketch Objects?},
              journal = {ACM Trans. Graph. (Proc. SIGGRAPH)},
              volume = {31}, number = {4}, pages = {44:1--44:10}, year = {2012}}""",
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(find(pathlib.Path(dl_manager.manual_dir)))}

    def _generate_examples(self, folder):
        return examples(folder, self.builder_config.pixels, self.builder_config.widened)
