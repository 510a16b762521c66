"""Necks: from the feature maps of a trunk to the vector that all branches of a network share.

Each function takes the maps of the trunk and the options `normalization`, `dropout` and `dtype` of
`build_network`, and returns (B, units).
"""

from keras import layers

from hyperface.models.blocks import DATA_FORMAT, convolution, dense_block
from hyperface.models.resnet import ResNetMaps
from hyperface.models.trunk import TrunkMaps


def one_dense_layer(maps: TrunkMaps, **options):
    """AlexNet's first dense layer on pool5: the R-CNN networks (paper, figure 1)."""
    x = layers.Flatten(data_format=DATA_FORMAT, name="flatten", dtype=options["dtype"])(maps.pool5)
    return dense_block(x, "fc6", 4096, **options)


def two_dense_layers(maps: TrunkMaps, **options):
    """AlexNet's dense layers, common to all tasks and without fusion: Multitask_Face."""
    return dense_block(one_dense_layer(maps, **options), "fc7", 4096, **options)


def fused_depths(maps: TrunkMaps, *, dropout: float = 0.0, **options):
    """HyperFace's fusion of pool1, conv3 and pool5 at 6 x 6 (paper, section 2.1 and figure 2).

    "The lower layer features contain better localization properties", the higher ones are better
    suited to detection and gender.
    """
    dtype = options["dtype"]
    conv1a = convolution(maps.pool1, "conv1a", 256, 4, strides=4, **options)
    conv3a = convolution(maps.conv3, "conv3a", 256, 2, strides=2, **options)
    x = layers.Concatenate(name="concat", dtype=dtype)([conv1a, conv3a, maps.pool5])  # 6 x 6 x 768
    x = convolution(x, "conv_all", 192, 1, **options)
    x = layers.Flatten(data_format=DATA_FORMAT, name="flatten", dtype=dtype)(x)  # 6,912
    return dense_block(x, "fc_full", 3072, dropout=dropout, **options)


def summed_depths(maps: ResNetMaps, *, dropout: float = 0.0, **options):
    """HyperFace-ResNet's fusion: every stage is halved onto the next and added, then averaged."""
    x = maps.conv2
    for stage in ("conv3", "conv4", "conv5"):
        deeper = getattr(maps, stage)
        name, filters = f"fuse_{stage}", deeper.shape[-1]
        x = convolution(x, name, filters, 2, strides=2, padding="same", **options | {"width": 1.0})
        x = layers.Add(name=f"sum_{stage}", dtype=options["dtype"])([x, deeper])
    return layers.GlobalAveragePooling2D(
        data_format=DATA_FORMAT, name="average_pool", dtype=options["dtype"]
    )(x)  # 2,048
