"""Alpha's API."""

from collections.abc import Iterator, Sequence

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from ops.service.access.authentication import READ_WRITE
from sources.alpha.answers import Item, items, items_by_cpf
from sources.alpha.models import Customer
from sources.alpha.serializers import CustomerSerializer
from sources.common.bulk import BatchView, CpfsView
from sources.common.fields import LARGEST_ID
from sources.common.paging import cpf_filter, paginate
from sources.common.schemas import (
    CPF_PARAMETER,
    CURSOR_PARAMETERS,
    NOT_FOUND,
    PAGE_PARAMETERS,
    BatchQuestion,
    CpfsAnswer,
)

BY_ID = [
    OpenApiParameter("id", {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}, OpenApiParameter.PATH)
]


def get_customer(pk: int) -> Customer:
    """The customer of an id, or NotFound."""
    customer = Customer.objects.filter(pk=pk).first()
    if customer is None:
        raise NotFound
    return customer


def one(customer: Customer) -> Item:
    """One customer as the API answers it."""
    return items(Customer.objects.filter(pk=customer.pk))[0]


@extend_schema_view(
    list=extend_schema(
        parameters=[CPF_PARAMETER, *PAGE_PARAMETERS],
        responses={200: CustomerSerializer(many=True), **NOT_FOUND},
    ),
    create=extend_schema(request=CustomerSerializer, responses={201: CustomerSerializer}),
    retrieve=extend_schema(parameters=BY_ID, responses=CustomerSerializer),
    update=extend_schema(parameters=BY_ID, request=CustomerSerializer, responses=CustomerSerializer),
    partial_update=extend_schema(
        parameters=BY_ID, request=CustomerSerializer(partial=True), responses=CustomerSerializer
    ),
    destroy=extend_schema(parameters=BY_ID, responses={204: None}),
)
class CustomerViewSet(ViewSet):
    """Customers with their debts."""

    required_scopes = READ_WRITE

    def list(self, request: Request) -> Response:
        """Customers by id, ten to a page unless asked otherwise."""
        rows = Customer.objects.filter(**cpf_filter(request)).order_by("id")
        page, headers = paginate(request, rows.count, lambda start, stop: items(rows[start:stop]))
        return Response(page, headers=headers)

    def create(self, request: Request) -> Response:
        """Adds a customer, with debts."""
        serializer = CustomerSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(one(serializer.save()), status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, pk: int) -> Response:
        """One customer."""
        return Response(one(get_customer(pk)))

    def update(self, request: Request, pk: int, partial: bool = False) -> Response:
        """Changes a customer; debts with an `id` are changed, others are added, none is removed."""
        serializer = CustomerSerializer(get_customer(pk), data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return Response(one(serializer.save()))

    def partial_update(self, request: Request, pk: int) -> Response:
        """Changes only what the body names."""
        return self.update(request, pk, partial=True)

    def destroy(self, request: Request, pk: int) -> Response:
        """Removes a customer and the debts."""
        get_customer(pk).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(request=BatchQuestion, responses=CustomerSerializer(many=True))
class CustomerBatch(BatchView):
    """Customers by CPF."""

    def find(self, cpfs: Sequence[str], request: Request) -> Iterator[tuple[str, Item]]:
        """One query, however many CPFs."""
        return items_by_cpf(cpfs)


@extend_schema(parameters=CURSOR_PARAMETERS, responses=CpfsAnswer)
class CustomerCpfs(CpfsView):
    """CPFs in the order of the customers' ids."""

    def read_key(self, text: str) -> int | None:
        """A customer's id."""
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None

    def after(self, key: int | None, limit: int) -> Sequence[tuple[int, str]]:
        """One query by primary key."""
        rows = Customer.objects.filter(pk__gt=key or 0).order_by("pk")
        return list(rows.values_list("pk", "cpf")[:limit])
