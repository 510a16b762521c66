import keras
import numpy as np
import pytest

from hyperface.models.averaging import average_weights


def dense(value, units=2):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units)])
    model.set_weights([np.full((3, units), value), np.full(units, 10 * value)])
    return model


def test_each_weight_is_the_mean():
    models = [dense(1.0), dense(2.0), dense(6.0)]
    averaged = average_weights(models)
    assert averaged is models[0]
    kernel, bias = averaged.get_weights()
    assert (kernel == 3).all()
    assert (bias == 30).all()
    assert (models[2].get_weights()[0] == 6).all()


def test_one_alone_is_itself():
    assert (average_weights([dense(4.0)]).get_weights()[0] == 4).all()


def test_different_networks_have_no_mean():
    with pytest.raises(ValueError, match="different networks"):
        average_weights([dense(1.0), dense(1.0, units=4)])
