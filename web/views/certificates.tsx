/** Certificates: for whom, for how long, and how to exchange them. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask } from "../api.ts";
import { printDate } from "../format.ts";
import { useResource } from "../live.ts";
import { Badge, Button, Card, DownloadLink, Facts, Head, Notice, Ready } from "../parts/basics.tsx";
import { Confirm } from "../parts/dialog.tsx";
import type { Field } from "../parts/form.tsx";
import { FormDialog } from "../parts/form_dialog.tsx";
import { t, tMaybe } from "../texts/language.ts";
import type { Certificate } from "../types.ts";

interface List {
  readonly items: readonly Certificate[];
  readonly fromFile: boolean;
}

const FIELDS: readonly Field[] = [
  {
    name: "certificate",
    kind: "area",
    label: "certificate.pem",
    hint: "certificate.pemHint",
    placeholder: "-----BEGIN CERTIFICATE-----",
    required: true,
  },
  {
    name: "key",
    kind: "area",
    label: "certificate.key",
    hint: "certificate.keyHint",
    placeholder: "-----BEGIN PRIVATE KEY-----",
    required: true,
  },
];

/** Every certificate in use, and the authority behind the own one. */
export function Certificates() {
  const certificates = useResource<List>("/certificates");
  const [dialog, setDialog] = useState<"upload" | "remove" | undefined>(undefined);
  const close = () => {
    setDialog(undefined);
    certificates.reload();
  };
  return (
    <>
      <Head title={t("nav.certificates")} lead={t("certificate.lead")}>
        {certificates.data && !certificates.data.fromFile && (
          <Button
            kind="primary"
            icon="upload"
            onClick={() => setDialog("upload")}
          >
            {t("certificate.upload")}
          </Button>
        )}
      </Head>
      <Ready of={certificates}>
        {({ items, fromFile }) => (
          <>
            {fromFile && <Notice tone="info" icon="lock">{t("certificate.fromFile")}</Notice>}
            <div class="cards wide">
              {items.map((certificate) => (
                <CertificateCard
                  key={certificate.fingerprint}
                  certificate={certificate}
                  onRemove={() => setDialog("remove")}
                />
              ))}
            </div>
          </>
        )}
      </Ready>
      {dialog === "upload" && (
        <FormDialog
          title={t("certificate.upload")}
          wide
          fields={FIELDS}
          initial={{ certificate: "", key: "" }}
          submit={t("certificate.use")}
          onSubmit={(values) => ask("/certificates", { method: "PUT", body: values })}
          onClose={close}
        />
      )}
      {dialog === "remove" && (
        <Confirm
          title={t("certificate.back")}
          text={t("certificate.backText")}
          action={t("certificate.back")}
          onClose={close}
          onConfirm={() => ask("/certificates", { method: "DELETE" })}
        />
      )}
    </>
  );
}

/** Where a certificate comes from, in words; a file of the configuration by its path. */
export function certificateName(source: string): string {
  return tMaybe(`certificate.${source}`) ?? (isUploaded(source) ? t("certificate.uploaded") : source);
}

function isUploaded(source: string): boolean {
  return source.endsWith("/tls/uploaded/certificate.pem");
}

/** The server's own sentence, in the reader's language where it is the usual one. */
export function certificateWarning(warning: string): string {
  const days = /^expires in (-?\d+) days/.exec(warning)?.[1];
  return days === undefined ? warning : t("certificate.expires", { days });
}

/** How long it is good, in the colour of haste. */
export function CertificateDays({ certificate: { daysLeft, warning } }: {
  readonly certificate: Certificate;
}) {
  const tone = daysLeft < 0 ? "bad" : warning !== undefined || daysLeft < 21 ? "warn" : "ok";
  return <Badge tone={tone}>{t("certificate.days", { days: daysLeft })}</Badge>;
}

function CertificateCard(
  { certificate, onRemove }: { readonly certificate: Certificate; readonly onRemove: () => void },
) {
  const { source, subject, issuer, names, notBefore, notAfter, fingerprint, isAuthority, warning } =
    certificate;
  return (
    <Card
      title={certificateName(source)}
      icon="certificate"
      actions={<CertificateDays certificate={certificate} />}
    >
      {warning !== undefined && <Notice tone="warn">{certificateWarning(warning)}</Notice>}
      <Facts
        items={[
          ["certificate.subject", subject],
          ["certificate.issuer", issuer],
          ["certificate.valid", `${printDate(notBefore)} – ${printDate(notAfter)}`],
          ["certificate.fingerprint", <code key="f" class="fingerprint">{fingerprint}</code>],
        ]}
      />
      {names.length > 0 && (
        <div class="chips">{names.map((name) => <span class="chip" key={name}>{name}</span>)}</div>
      )}
      {isAuthority && (
        <>
          <p class="hint">{t("certificate.authorityHint")}</p>
          <DownloadLink href="/api/v1/certificates/authority">{t("certificate.download")}</DownloadLink>
        </>
      )}
      {isUploaded(source) && <Button icon="trash" onClick={onRemove}>{t("certificate.back")}</Button>}
    </Card>
  );
}
