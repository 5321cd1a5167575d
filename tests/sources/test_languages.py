"""Columns named in other languages are understood like English ones."""

import pytest

from lossdoc.sources.naming import Kind, meaning


@pytest.mark.parametrize(
    ("name", "kind", "split"),
    [
        ("Época", Kind.EPOCH, ""),
        ("pérdida_entrenamiento", Kind.LOSS, "train"),
        ("Perdida_Test", Kind.LOSS, "test"),
        ("perda_validacao", Kind.LOSS, "val"),
        ("acurácia_treino", Kind.ACCURACY, "train"),
        ("tasa_de_aprendizaje", Kind.LEARNING_RATE, ""),
        ("Verlust (Validierung)", Kind.LOSS, "val"),
        ("perte_entraînement", Kind.LOSS, "train"),
        ("eğitim kaybı", Kind.LOSS, "train"),
        ("doğrulama_kayıp", Kind.LOSS, "val"),
        ("Эпоха", Kind.EPOCH, ""),
        ("Потери (обучение)", Kind.LOSS, "train"),
        ("轮次", Kind.EPOCH, ""),
        ("训练损失", Kind.LOSS, "train"),
        ("验证准确率", Kind.ACCURACY, "val"),
        ("学习率", Kind.LEARNING_RATE, ""),
        ("訓練損失", Kind.LOSS, "train"),
        ("검증 손실", Kind.LOSS, "val"),
        ("loss↓", Kind.LOSS, ""),
        ("温度", Kind.OTHER, ""),
    ],
)
def test_a_name_means_the_same_in_every_language(name, kind, split):
    found = meaning(name)

    assert (found.kind, found.split, found.rest) == (kind, split, ())
