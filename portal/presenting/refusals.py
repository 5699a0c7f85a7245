"""Why an input is not taken, in words: by field and code."""

from django.utils.translation import gettext_lazy as _

from orchestrator.errors import InvalidInput
from orchestrator.records.runs import NoGoodRow, RejectedLine
from portal.presenting import formats
from portal.presenting.words import Words

CPF_ERRORS: dict[str, Words] = {
    "empty": _("Falta o CPF."),
    "length": _("O CPF precisa ter 11 dígitos, como 529.982.247-25."),
    "characters": _("Um CPF só tem dígitos, pontos e traço; aqui há outros caracteres."),
    "scientific": _(
        "Uma planilha arredondou este número e perdeu dígitos: formate a coluna como texto e cole de novo."
    ),
    "cnpj": _("Este é um CNPJ, número de empresa; um CPF tem 11 dígitos."),
    "minus": _("Há um sinal de menos antes dos dígitos: isto é um número, não um CPF."),
    "not_text": _("Isto é o erro de uma fórmula, uma data ou outro valor, não um CPF."),
    "repeated": _("Este CPF repete um só dígito; ele não existe."),
    "check_digits": _(
        "Os dígitos verificadores não conferem. Confira o CPF; se está certo, dá para consultá-lo assim."
    ),
}


INPUT_ERRORS: dict[tuple[str, str], Words] = {
    **{("cpf", code): sentence for code, sentence in CPF_ERRORS.items()},
    ("purpose", "unknown"): _("Escolha uma finalidade."),
    ("text", "empty"): _("Escreva a nota."),
    ("text", "length"): _("O texto passa de %(most)s caracteres."),
    ("file", "empty"): _("O arquivo está vazio."),
    ("file", "html"): _(
        "Isto é uma página da web (HTML ou XML): abra-a em uma planilha e salve como .xlsx ou CSV."
    ),
    ("file", "pdf"): _(
        "Isto é um PDF, em que nada se distingue como célula: envie a planilha de que ele foi feito."
    ),
    ("file", "password"): _("A pasta de trabalho tem senha: salve como .xlsx sem senha, ou como CSV."),
    ("file", "old_workbook"): _("Isto é uma pasta de trabalho antiga (.xls): salve como .xlsx ou CSV."),
    ("file", "unreadable"): _("O arquivo não é texto (CSV) nem pasta de trabalho .xlsx, ou está danificado."),
    ("file", "too_large"): _(
        "O arquivo é grande demais, ou fica assim descompactado: deixe só a coluna cpf, ou divida a lista."
    ),
    ("file", "too_complex"): _(
        "Ler o arquivo exige tempo ou memória demais: deixe só a coluna cpf, ou salve como CSV."
    ),
    ("file", "no_header"): _(
        "A primeira linha precisa nomear as colunas, uma delas cpf; no lugar dela já há um CPF: %(found)s."
    ),
    ("file", "no_column"): _(
        "Nenhuma coluna se chama cpf. A primeira linha precisa nomear as colunas; ela tem %(names)s."
    ),
    ("file", "two_columns"): _("Mais de uma coluna pode ter os CPFs: %(names)s. Só uma pode se chamar cpf."),
    ("file", "two_sheets"): _(
        "Mais de uma planilha visível tem uma coluna cpf: %(names)s. Diga qual delas vale."
    ),
    ("file", "two_files"): _("Só um arquivo pode ser enviado de cada vez."),
    ("file", "no_rows"): _("Abaixo dos nomes das colunas não há nenhuma linha."),
    ("file", "too_many_rows"): _("A lista passa de 100.000 linhas: divida em mais de um arquivo."),
    ("file", "long_row"): _("A linha %(line)s é longa demais: uma linha tem no máximo 262.144 caracteres."),
    ("file", "no_good_row"): _(
        "Nenhuma linha tem um CPF que se possa consultar. Linha %(line)s, por exemplo: %(reason)s"
    ),
    ("format", "too_large"): _(
        "O PDF deste dossiê passa do tamanho que se pode montar: leve-o em XLSX, CSV ou JSON."
    ),
    ("sheet", "unknown"): _("Nenhuma planilha visível tem esse nome. Há %(names)s."),
    ("sheet", "no_sheets"): _("O arquivo é texto (CSV), que não tem planilhas: deixe o nome dela em branco."),
}


ROW_ERRORS: dict[str, Words] = {
    **CPF_ERRORS,
    "no_result": _(
        "A célula tem uma fórmula sem resultado guardado: abra na planilha, salve e envie de novo."
    ),
    "duplicate": _("O mesmo CPF da linha %(line)s."),
    "quotes": _('As aspas (") desta linha não fecham.'),
}


def refusal(error: InvalidInput) -> str:
    """Why an input is refused: the one wording of pages, API and commands."""
    if isinstance(error, NoGoodRow):
        first = error.rejected[0]
        values = {"line": formats.number(first.line), "reason": row_refusal(first)}
    else:
        values = {
            key: formats.number(each) if isinstance(each, int) else each for key, each in error.values.items()
        }
    known = INPUT_ERRORS.get((error.field, error.code))
    return str(known) % values if known else error.message


def row_refusal(row: RejectedLine) -> str:
    """Why a row of a list is not built; the one wording of pages, API, commands and files."""
    known = ROW_ERRORS.get(row.code)
    return str(known) % {"line": formats.number(row.repeats or row.line)} if known else row.message
