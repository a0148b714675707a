"""The mail door: notices as plain mails, by SMTP, or into a folder where there is no server."""
