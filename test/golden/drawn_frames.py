# ===- drawn_frames.py - Random networks on frames, one after the other ----===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Networks of random_networks.py whose samples are the frames of one sequence: convolutions over
time beside those over images."""
from drawn_blocks import BLOCKS, draw_first, draw_head, draw_norm
from drawn_layers import chance, draw_activation, draw_pool, extent_of, pick
from quantizeml import layers as quantizeml_layers


def draw_over_time(net, x):
    """A convolution over the last frames, of all channels or of each by itself."""
    length = pick(net, [2, 3, 3, 4, 5, 8])
    if chance(net, .5):
        net.features.add(f"over-time{length}")
        x = net.add(quantizeml_layers.BufferTempConv, x, filters=pick(net, [1, 2, 4, 5]),
                    kernel_size=length, use_bias=chance(net, .5))
    else:
        net.features.add(f"depthwise-over-time{length}")
        x = net.add(quantizeml_layers.DepthwiseBufferTempConv, x, kernel_size=length,
                    use_bias=chance(net, .5))
    x = draw_norm(net, x)
    if chance(net, .8):
        x = draw_activation(net, x)
    return draw_pool(net, x) if chance(net, .15) else x


def draw_frames(net, x, size, takes_scale):
    """A first layer, convolutions over time and blocks of one other kind, a head."""
    if takes_scale or chance(net, .6):
        x = draw_first(net, x, takes_scale)
    x = draw_over_time(net, x)
    block = BLOCKS[str(net.rng.choice(list(BLOCKS)))]
    for _ in range(6):
        if len(net.steps) >= size or extent_of(x) < 2:
            break
        x = draw_over_time(net, x) if chance(net, .6) else block(net, x)
    return draw_head(net, x)
