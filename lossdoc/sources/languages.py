"""Names in other languages: the words of a training log, put into English."""

from __future__ import annotations

import re
import unicodedata

_BY_ENGLISH = {
    "loss": "perdida perdidas perda perdas perte pertes verlust perdita kayıp kayip kaybı kaybi strata "
    "потери потеря 损失 損失 손실",
    "acc": "acuracia exactitud exactitude genauigkeit accuratezza doğruluk dogruluk "
    "точность 准确率 精度 正解率 정확도",
    "lr": "lernrate 学习率 學習率 学習率 학습률",
    "epoch": "epoca epocas epoque epoques epoche epochen epocha epoka эпоха 轮次 轮数 周期 エポック 에포크",
    "step": "paso pasos passo passos schritt adım adim шаг 步数 步骤 ステップ 스텝",
    "iter": "iteracion iteracao iterazione итерация 迭代次数 迭代",
    "train": "treino treinamento entrenamiento entrainement eğitim egitim addestramento "
    "обучение обучения 训练 訓練 학습 훈련",
    "val": "validacion validacao validierung validazione doğrulama dogrulama валидация валидации "
    "验证 驗證 検証 검증",
    "test": "teste prueba тест 测试 測試 テスト 테스트",
}


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


ENGLISH = {
    _without_accents(word): english
    for english, words in _BY_ENGLISH.items()
    for word in words.split()
}
"""Word of another language, lower-case and without accents -> that of the vocabulary."""

_UNSPACED = {word: english for word, english in ENGLISH.items() if word[0] > "\u2fff"}
_IN_A_ROW = re.compile("|".join(sorted(_UNSPACED, key=len, reverse=True)))


def in_latin(name: str) -> str:
    """Name without accents, with English for the words of scripts that have no spaces.

    >>> in_latin("Época"), in_latin("train_loss"), in_latin("训练损失").split()
    ('Epoca', 'train_loss', ['train', 'loss'])
    """
    if name.isascii():
        return name
    return _IN_A_ROW.sub(lambda found: f" {_UNSPACED[found[0]]} ", _without_accents(name))
