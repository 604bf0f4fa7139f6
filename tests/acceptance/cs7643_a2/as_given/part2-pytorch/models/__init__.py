from .cnn import *
from .my_model import *
from .resnet import *
from .twolayer import *
