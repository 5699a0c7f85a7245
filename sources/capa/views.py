"""Capa's API: the original's routes, and what the orchestrator asks."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar

from bson import ObjectId
from drf_spectacular.utils import OpenApiParameter, extend_schema
from orjson import Fragment
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sources.capa import answers, audit, listing, serializers
from sources.capa.answers import collection
from sources.capa.documents import ConsultedCpf, FinancialTransaction, LastPurchase
from sources.common.bulk import BatchView, CpfsView, written
from sources.common.fields import CPF_MESSAGE, is_cpf
from sources.common.mongo import object_id
from sources.common.paging import paginate_stored
from sources.common.schemas import (
    CPF_OF_PATH,
    CURSOR_PARAMETERS,
    NOT_FOUND,
    OBJECT_ID,
    PAGE_PARAMETERS,
    BatchQuestion,
    CpfsAnswer,
)

SUCCESS = {"result": "success"}
BY_CPF = [CPF_OF_PATH, *PAGE_PARAMETERS]


def checked(cpf: str) -> str:
    """The CPF of an address, or ValidationError."""
    if not is_cpf(cpf):
        raise ValidationError({"cpf": [CPF_MESSAGE]})
    return cpf


class Transactions(APIView):
    """`/financial-transactions`."""

    required_scopes: ClassVar = {"POST": "write", "PUT": "write"}

    @extend_schema(
        request=serializers.TransactionSerializer, responses={201: serializers.TransactionSerializer}
    )
    def post(self, request: Request) -> Response:
        """Adds a transaction; a `Debit` by `CreditCard` also becomes the last purchase of its CPF."""
        serializer = serializers.TransactionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        stored = serializer.save().to_mongo().to_dict()
        return Response(answers.transaction(stored), status=status.HTTP_201_CREATED)

    @extend_schema(
        request=serializers.ChangedTransactionSerializer,
        responses={200: serializers.ResultSerializer, **NOT_FOUND},
    )
    def put(self, request: Request) -> Response:
        """Replaces the transaction whose `id` the body carries."""
        serializer = serializers.ChangedTransactionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = {**serializer.validated_data}
        changed = FinancialTransaction.objects(pk=values.pop("id")).update_one(
            **{f"set__{name}": value for name, value in values.items()}, full_result=True
        )
        if not changed.matched_count:
            raise NotFound
        return Response(SUCCESS)


class TransactionsOf(APIView):
    """`/financial-transactions/{cpf}` to read, `/financial-transactions/{id}` to delete."""

    required_scopes: ClassVar = {"GET": "read", "DELETE": "write"}

    @extend_schema(parameters=BY_CPF, responses=serializers.TransactionSerializer(many=True))
    def get(self, request: Request, cpf: str) -> Response:
        """The transactions of a CPF; the read is recorded."""
        audit.record([checked(cpf)], audit.TRANSACTIONS, request)
        page, headers = paginate_stored(
            request, collection(FinancialTransaction), {"cpf": cpf}, answers.transaction
        )
        return Response(page, headers=headers)

    @extend_schema(
        parameters=[OpenApiParameter("cpf", OBJECT_ID, OpenApiParameter.PATH, description="The id")],
        responses={200: serializers.ResultSerializer},
    )
    def delete(self, request: Request, cpf: str) -> Response:
        """Removes a transaction by its id, which comes in the same place as a CPF does."""
        key = object_id(cpf)
        if key is None or not FinancialTransaction.objects(pk=key).delete():
            raise NotFound
        return Response(SUCCESS)


class LastPurchases(APIView):
    """`/last-purchases/{cpf}`."""

    required_scopes: ClassVar = {"GET": "read"}

    @extend_schema(parameters=BY_CPF, responses=serializers.PurchaseSerializer(many=True))
    def get(self, request: Request, cpf: str) -> Response:
        """The last purchase of a CPF, as a list of one or none; the read is recorded."""
        audit.record([checked(cpf)], audit.LAST_PURCHASE, request)
        page, headers = paginate_stored(request, collection(LastPurchase), {"cpf": cpf}, answers.purchase)
        return Response(page, headers=headers)


class ConsultedCpfs(APIView):
    """`/consulted-cpf/{cpf}`."""

    required_scopes: ClassVar = {"GET": "read"}

    @extend_schema(parameters=BY_CPF, responses=serializers.ConsultedSerializer(many=True))
    def get(self, request: Request, cpf: str) -> Response:
        """Who read this CPF, and when. As in the original, looking here leaves no record."""
        reads, answer = audit.reads_of(checked(cpf)), partial(answers.consulted, cpf)
        page, headers = paginate_stored(request, collection(ConsultedCpf), reads, answer)
        return Response(page, headers=headers)


@extend_schema(request=BatchQuestion, responses=serializers.BatchItem(many=True))
class CustomerBatch(BatchView):
    """Transactions and last purchases by CPF."""

    def find(self, cpfs: Sequence[str], request: Request) -> Iterator[tuple[str, Fragment]]:
        """Two queries, however many CPFs, and one record that they were consulted."""
        audit.record(cpfs, audit.BATCH, request)
        return map(written, answers.items(cpfs))


@extend_schema(parameters=CURSOR_PARAMETERS, responses=CpfsAnswer)
class CustomerCpfs(CpfsView):
    """CPFs in their own order; a cursor holds the id of a document about the last one."""

    def read_key(self, text: str) -> ObjectId | None:
        """The id of a transaction or of a last purchase."""
        return object_id(text)

    def after(self, key: ObjectId | None, limit: int) -> Sequence[tuple[ObjectId, str]]:
        """ValidationError names `cursor` where its document has been deleted meanwhile."""
        try:
            return listing.after(key, limit)
        except LookupError:
            raise ValidationError({"cursor": [listing.GONE]}) from None
