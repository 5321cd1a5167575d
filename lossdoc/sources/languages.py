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
    "reward": "recompensa recompensas belohnung recompense ödül odul награда 奖励 報酬 보상",
    "episode": "episodio episodios 回合 에피소드",
    "train": "treino treinamento entrenamiento entrainement eğitim egitim addestramento "
    "обучение обучения обучении 训练 訓練 训练集 訓練集 학습 훈련",
    "val": "validacion validacao validierung validazione doğrulama dogrulama валидация валидации "
    "验证 驗證 验证集 驗證集 検証 검증",
    "test": "teste prueba тест тесте 测试 測試 测试集 測試集 テスト 테스트",
    "avg": "平均",
    "total loss": "总损失 總損失",
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

_COUNTED = re.compile(r"第\s*(\d+)\s*(/\s*\d+)?\s*(?:个|個)?\s*(轮|輪|epoch|步)")
"""What a number counts that stands within its name, as in Chinese."""
_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = {word: english for word, english in ENGLISH.items() if word[0] > "\u2fff"}
_CUTS = re.compile("\0+")
_IN_A_ROW = re.compile("|".join(sorted(_UNSPACED, key=len, reverse=True)))


def in_latin(name: str) -> str:
    """Name without accents, with English for the words of scripts that have no spaces.

    >>> in_latin("Época"), in_latin("train_loss"), in_latin("训练损失").split()
    ('Epoca', 'train_loss', ['train', 'loss'])
    """
    if name.isascii():
        return name
    cut = _IN_A_ROW.sub(lambda found: f"\0{_UNSPACED[found[0]]}\0", _without_accents(name))
    return _CUTS.sub(" ", cut)  # one blank: two of them part names in console output


_OTHER_LETTERS = re.compile("[\u00c0-\u024f\u0400-\u04ff\u3040-\u9fff\uac00-\ud7af]")
_FIRST_WORD = re.compile(r"\W*(?:epoca|epoche|epoka|paso|passo|schritt)\b", re.IGNORECASE)


def in_english(line: str) -> str:
    """Line of console output with the words of a training in English; most are returned as they are.

    >>> in_english("第3轮：训练损失 0.5").split(), in_english("Época 3 - Pérdida: 0.5")
    (['epoch', '3:', 'train', 'loss', '0.5'], 'epoch 3 - loss: 0.5')
    """
    if line.isascii():
        if _FIRST_WORD.match(line) is None:
            return line
    elif _OTHER_LETTERS.search(line) is None:
        return line
    # The compatibility form of a full-width colon is a colon.
    text = _COUNTED.sub(_counted, unicodedata.normalize("NFKC", line))
    return _WORD.sub(lambda found: ENGLISH.get(found[0].lower(), found[0]), in_latin(text))


def _counted(found: re.Match[str]) -> str:
    return f"{'step' if found[3] == '步' else 'epoch'} {found[1]}{found[2] or ''}"
