"""Two small organisations of other trades, and the joins that are right in them.

The right first joins were written down from the names alone, before any planner ran. Links are such
as matchers propose: most of them right, some by chance of names, none of certain confidence unless
somebody decided.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hummgraph import LinkGraph, read_links
from tests.support.builders import TIME, catalogue, record, uid

__all__ = ["HOSPITAL", "LOGISTICS", "Trade"]


@dataclass(frozen=True)
class Trade:
    """Organisation of one trade.

    Parameters
    ----------
    tables
        Columns of each table.
    links
        Linked columns with confidence, and status and type where somebody decided.
    references
        Declared foreign keys: column and column that it refers to.
    right
        Acceptable first ways of pairs of tables, as comparisons; none where no way is right.
    applications
        Systems that are applications, with objects and fields instead of tables and columns.
    """

    tables: dict[str, str]
    links: tuple[tuple[Any, ...], ...]
    references: tuple[tuple[str, str], ...]
    right: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    applications: frozenset[str] = frozenset()

    def graph(self) -> LinkGraph:
        """Return the graph of its links and catalogue."""
        places = [
            f"{table}.{column}"
            for table, columns in self.tables.items()
            for column in columns.split()
        ]
        records: dict[str, Any] = catalogue(places)
        for column in records["columns"]:
            column["data_type"] = _type_of(column["name"])
        self._make_objects(records)
        records["relationships"] = [
            {
                "id": uid(f"{one} refers to {other}"),
                "integration_source_id": uid(one.partition("/")[0]),
                "from_column_id": uid(one),
                "to_table_id": uid(other.rpartition(".")[0]),
                "to_column_name": other.rpartition(".")[2],
                "created_at": TIME,
                "updated_at": TIME,
                "type": "FOREIGN_KEY",
                "status": "APPROVED",
            }
            for one, other in self.references
        ]
        links = [
            record(
                one,
                other,
                confidence,
                status=decided[0] if decided else "SUGGESTED",
                link_type=decided[1] if decided[1:] else "PROBABILISTIC",
            )
            for one, other, confidence, *decided in self.links
        ]
        return LinkGraph(read_links(links, catalogue=records))

    def _make_objects(self, records: dict[str, Any]) -> None:
        """Move the tables of applications to the objects, and their columns to the fields."""
        ids = {uid(path) for path in self.tables if path.partition("/")[0] in self.applications}
        objects = [table for table in records["tables"] if table["id"] in ids]
        fields = [column for column in records["columns"] if column["table_id"] in ids]
        records["tables"] = [table for table in records["tables"] if table["id"] not in ids]
        records["columns"] = [one for one in records["columns"] if one["table_id"] not in ids]
        records["saas_objects"] = [
            {
                "id": one["id"],
                "object_name": one["name"],
                "integration_source_id": one["integration_source_id"],
            }
            for one in objects
        ]
        records["saas_fields"] = [
            {
                "id": one["id"],
                "field_name": one["name"],
                "saas_object_id": one["table_id"],
                "data_type": one["data_type"],
            }
            for one in fields
        ]


def _type_of(name: str) -> str:
    if name.endswith(("_at", "_on")):
        return "timestamp"
    if name in {"amount", "balance", "weight_kg", "quantity"}:
        return "numeric"
    return "text"


HOSPITAL = Trade(
    tables={
        "Epic/patient": "id mrn first_name last_name email phone born_on primary_physician_id"
        " created_by created_at",
        "Epic/encounter": "id patient_id attending_physician_id ward_id status created_by"
        " admitted_at",
        "Epic/physician": "id npi full_name email",
        "Epic/ward": "id name floor",
        "Orchard/specimen": "id patient_mrn ordering_physician_npi status collected_at",
        "Orchard/result": "id specimen_id test_code value verified_by created_at",
        "Ledger/account": "id guarantor_email mrn name balance created_at",
        "Ledger/claim": "id account_id epic_encounter_id payer_id amount status created_at",
        "Ledger/payer": "id name",
        "Portal/user": "id email external_id display_name last_login_at",
        "Portal/message": "id sender_id assignee_id subject status sent_at",
        "Portal/staff": "id email display_name",
        "Lake/raw_epic_patient": "id mrn first_name last_name email phone created_at",
    },
    references=(
        ("Epic/encounter.patient_id", "Epic/patient.id"),
        ("Epic/encounter.attending_physician_id", "Epic/physician.id"),
        ("Epic/encounter.ward_id", "Epic/ward.id"),
        ("Epic/patient.primary_physician_id", "Epic/physician.id"),
        ("Orchard/result.specimen_id", "Orchard/specimen.id"),
        ("Ledger/claim.account_id", "Ledger/account.id"),
        ("Ledger/claim.payer_id", "Ledger/payer.id"),
        ("Portal/message.sender_id", "Portal/user.id"),
        ("Portal/message.assignee_id", "Portal/staff.id"),
    ),
    links=(
        ("Epic/patient.email", "Portal/user.email", 0.83),
        ("Epic/patient.id", "Portal/user.external_id", 0.71),
        ("Epic/patient.email", "Ledger/account.guarantor_email", 0.62),
        ("Epic/patient.mrn", "Ledger/account.mrn", 0.91),
        ("Epic/patient.mrn", "Orchard/specimen.patient_mrn", 0.88),
        ("Ledger/account.mrn", "Orchard/specimen.patient_mrn", 0.74),
        ("Epic/physician.npi", "Orchard/specimen.ordering_physician_npi", 0.86),
        ("Epic/encounter.id", "Ledger/claim.epic_encounter_id", 0.8, "APPROVED"),
        ("Epic/physician.email", "Portal/staff.email", 0.79),
        # Landed as it is.
        ("Epic/patient.id", "Lake/raw_epic_patient.id", 1.0, "APPROVED", "DETERMINISTIC"),
        ("Epic/patient.mrn", "Lake/raw_epic_patient.mrn", 1.0, "APPROVED", "DETERMINISTIC"),
        ("Epic/patient.email", "Lake/raw_epic_patient.email", 1.0, "SUGGESTED", "DETERMINISTIC"),
        ("Epic/patient.phone", "Lake/raw_epic_patient.phone", 1.0, "SUGGESTED", "DETERMINISTIC"),
        (
            "Epic/patient.first_name",
            "Lake/raw_epic_patient.first_name",
            1.0,
            "SUGGESTED",
            "DETERMINISTIC",
        ),
        ("Lake/raw_epic_patient.email", "Portal/user.email", 0.93),
        ("Lake/raw_epic_patient.mrn", "Ledger/account.mrn", 0.95),
        # Names and what many rows share.
        ("Epic/patient.last_name", "Portal/user.display_name", 0.86),
        ("Epic/patient.created_at", "Ledger/account.created_at", 0.97),
        ("Ledger/account.created_at", "Ledger/claim.created_at", 0.97),
        ("Epic/encounter.status", "Ledger/claim.status", 0.96),
        ("Epic/encounter.status", "Portal/message.status", 0.94),
        ("Epic/ward.name", "Ledger/payer.name", 0.93),
        # By chance of names.
        ("Epic/patient.id", "Ledger/account.id", 0.88),
        ("Epic/encounter.id", "Ledger/claim.id", 0.9),
        ("Epic/patient.id", "Orchard/specimen.id", 0.9),
        ("Epic/ward.id", "Ledger/payer.id", 0.92),
        ("Epic/patient.email", "Portal/staff.email", 0.81),
        ("Epic/physician.email", "Portal/user.email", 0.8),
        ("Epic/encounter.id", "Portal/message.id", 0.9),
        ("Epic/patient.created_by", "Portal/staff.id", 0.64),
        ("Epic/encounter.created_by", "Orchard/result.verified_by", 0.66),
    ),
    right={
        # The same patient in two systems.
        ("Epic/patient", "Portal/user"): ("Epic/patient.email = Portal/user.email",),
        ("Epic/patient", "Ledger/account"): ("Epic/patient.mrn = Ledger/account.mrn",),
        # What they have: by their number, by their encounter, by their account.
        ("Epic/patient", "Orchard/specimen"): ("Epic/patient.mrn = Orchard/specimen.patient_mrn",),
        ("Epic/patient", "Orchard/result"): (
            (
                "Epic/patient.mrn = Orchard/specimen.patient_mrn;"
                " Orchard/specimen.id = Orchard/result.specimen_id"
            ),
        ),
        ("Epic/encounter", "Ledger/claim"): ("Epic/encounter.id = Ledger/claim.epic_encounter_id",),
        ("Epic/patient", "Portal/message"): (
            "Epic/patient.email = Portal/user.email; Portal/user.id = Portal/message.sender_id",
        ),
        ("Epic/patient", "Ledger/claim"): (
            "Epic/patient.mrn = Ledger/account.mrn; Ledger/account.id = Ledger/claim.account_id",
            (
                "Epic/patient.id = Epic/encounter.patient_id;"
                " Epic/encounter.id = Ledger/claim.epic_encounter_id"
            ),
        ),
        # Who treats: the physician, and as staff of another system.
        ("Epic/physician", "Orchard/specimen"): (
            "Epic/physician.npi = Orchard/specimen.ordering_physician_npi",
        ),
        ("Epic/physician", "Portal/staff"): ("Epic/physician.email = Portal/staff.email",),
        # Landed: any key of the copy.
        ("Lake/raw_epic_patient", "Ledger/account"): (
            "Lake/raw_epic_patient.mrn = Ledger/account.mrn",
        ),
        # At first none was thought right: ids and names are equal by chance. But encounters in a
        # ward have claims, which payers pay.
        ("Epic/ward", "Ledger/payer"): (
            (
                "Epic/ward.id = Epic/encounter.ward_id;"
                " Epic/encounter.id = Ledger/claim.epic_encounter_id;"
                " Ledger/claim.payer_id = Ledger/payer.id"
            ),
        ),
        # Of two e-mails that are linked as surely, that of the physician, not of the patient.
        ("Epic/ward", "Portal/staff"): (
            (
                "Epic/ward.id = Epic/encounter.ward_id;"
                " Epic/encounter.attending_physician_id = Epic/physician.id;"
                " Epic/physician.email = Portal/staff.email"
            ),
        ),
        # No link knows: what somebody verified is nobody's payment.
        ("Orchard/result", "Ledger/payer"): (),
    },
)


LOGISTICS = Trade(
    tables={
        "Shopware/customer": "id email phone first_name last_name created_at",
        "Shopware/order": "id order_number customer_id shipping_email status amount created_by"
        " created_at",
        "Shopware/order_line": "id order_id product_id quantity",
        "Shopware/product": "id sku ean title weight_kg updated_at",
        "Depot/item": "id sku name owner_id updated_at",
        "Depot/stock": "id item_id site_id quantity updated_at",
        "Depot/site": "id code name",
        "Carrier/shipment": "id tracking_number order_ref sender_account_id status created_by"
        " created_at",
        "Carrier/account": "id name contact_email",
        "Carrier/event": "id shipment_id status scanned_by happened_at",
        "Desk/requester": "id email phone name created_at",
        "Desk/agent": "id email name",
        "Desk/case": "id requester_id agent_id order_number status created_at",
        "Fleet/vehicle": "id vin plate driver_id updated_at",
        "Fleet/driver": "id email full_name",
    },
    references=(
        ("Shopware/order.customer_id", "Shopware/customer.id"),
        ("Shopware/order_line.order_id", "Shopware/order.id"),
        ("Shopware/order_line.product_id", "Shopware/product.id"),
        ("Depot/stock.item_id", "Depot/item.id"),
        ("Depot/stock.site_id", "Depot/site.id"),
        ("Carrier/event.shipment_id", "Carrier/shipment.id"),
        ("Carrier/shipment.sender_account_id", "Carrier/account.id"),
        ("Desk/case.requester_id", "Desk/requester.id"),
        ("Desk/case.agent_id", "Desk/agent.id"),
        ("Fleet/vehicle.driver_id", "Fleet/driver.id"),
    ),
    links=(
        ("Shopware/customer.email", "Desk/requester.email", 0.84),
        ("Shopware/customer.phone", "Desk/requester.phone", 0.9),
        ("Shopware/order.order_number", "Desk/case.order_number", 0.82),
        ("Shopware/order.order_number", "Carrier/shipment.order_ref", 0.76, "APPROVED"),
        ("Shopware/product.sku", "Depot/item.sku", 0.93),
        ("Shopware/order.shipping_email", "Desk/requester.email", 0.7),
        ("Carrier/shipment.order_ref", "Desk/case.order_number", 0.66),
        # Names and what many rows share.
        ("Shopware/customer.last_name", "Desk/requester.name", 0.89),
        ("Shopware/product.title", "Depot/item.name", 0.91),
        ("Shopware/order.status", "Carrier/shipment.status", 0.98),
        ("Shopware/order.status", "Desk/case.status", 0.98),
        ("Shopware/order.created_at", "Carrier/shipment.created_at", 0.99),
        ("Shopware/product.updated_at", "Depot/item.updated_at", 0.98),
        ("Depot/site.name", "Carrier/account.name", 0.94),
        ("Carrier/account.name", "Fleet/driver.full_name", 0.71),
        # By chance of names.
        ("Shopware/customer.id", "Desk/requester.id", 0.9),
        ("Shopware/order.id", "Carrier/shipment.id", 0.9),
        ("Shopware/order.id", "Desk/case.id", 0.9),
        ("Shopware/product.id", "Depot/item.id", 0.91),
        ("Depot/site.id", "Carrier/account.id", 0.9),
        ("Shopware/customer.email", "Desk/agent.email", 0.82),
        ("Shopware/customer.email", "Fleet/driver.email", 0.78),
        ("Carrier/account.contact_email", "Desk/requester.email", 0.63),
        ("Shopware/order.created_by", "Carrier/shipment.created_by", 0.95),
        ("Shopware/order.created_by", "Desk/agent.id", 0.6),
        ("Carrier/shipment.created_by", "Desk/agent.id", 0.6),
        ("Depot/item.owner_id", "Fleet/driver.id", 0.6),
    ),
    right={
        ("Shopware/customer", "Desk/requester"): (
            "Shopware/customer.email = Desk/requester.email",
        ),
        ("Shopware/customer", "Desk/case"): (
            (
                "Shopware/customer.email = Desk/requester.email;"
                " Desk/requester.id = Desk/case.requester_id"
            ),
            (
                "Shopware/customer.id = Shopware/order.customer_id;"
                " Shopware/order.order_number = Desk/case.order_number"
            ),
        ),
        ("Shopware/order", "Carrier/shipment"): (
            "Shopware/order.order_number = Carrier/shipment.order_ref",
        ),
        ("Shopware/order", "Desk/case"): ("Shopware/order.order_number = Desk/case.order_number",),
        ("Shopware/order", "Carrier/event"): (
            (
                "Shopware/order.order_number = Carrier/shipment.order_ref;"
                " Carrier/shipment.id = Carrier/event.shipment_id"
            ),
        ),
        ("Shopware/customer", "Carrier/shipment"): (
            (
                "Shopware/customer.id = Shopware/order.customer_id;"
                " Shopware/order.order_number = Carrier/shipment.order_ref"
            ),
        ),
        ("Shopware/product", "Depot/item"): ("Shopware/product.sku = Depot/item.sku",),
        ("Shopware/product", "Depot/stock"): (
            "Shopware/product.sku = Depot/item.sku; Depot/item.id = Depot/stock.item_id",
        ),
        ("Shopware/order_line", "Depot/item"): (
            (
                "Shopware/order_line.product_id = Shopware/product.id;"
                " Shopware/product.sku = Depot/item.sku"
            ),
        ),
        # No link knows: sites, hauliers and drivers have names and ids of their own.
        ("Depot/site", "Carrier/account"): (),
        ("Carrier/account", "Fleet/vehicle"): (),
    },
)
